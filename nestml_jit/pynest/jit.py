"""The object `nest.jit`: load models by hand, configure them, and see what was done."""

from __future__ import annotations

import difflib
import inspect
import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal

from nestml_jit.errors import NestmlError
from nestml_jit.front_ends import is_model_file, model_files, suffixes
from nestml_jit.pynest.report import Report
from nestml_jit.session import Session
from nestml_jit.solvers import METHODS

if TYPE_CHECKING:
    from nestml_jit.pynest.catalogue import Catalogue
    from nestml_jit.pynest.view import ModelView

_OVERVIEW = """
    .models(pattern)         models that Create and Connect find
    .model(name)             what a model offers
    .path                    folders that are searched for models
    .define(text)            use models in a text
    .load(file)              use models in a file or folder
    .configure(model, ...)   settle solver, ports, weight, ...
    .solvers                 names of solvers
    .columns(neurons)        variables of neurons or connections as arrays
    .matrix(pre, post)       weights as a matrix
    .recording(device)       what a recorder has, as arrays
    .devices                 who draws for generators, "fused" or "nest"
    .static_synapses         who stores NEST's static synapses, "columns" or "nest"
    .progress                whether a bar shows compilation
    .report()                what was compiled, how, and how long it took
    .version                 the version of nestml_jit
    """


_SETTABLE = ("path", "progress", "devices", "static_synapses")


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"


class Jit:
    """The namespace `nest.jit`.

    Attributes
    ----------
    version
        The version of nestml_jit.
    """

    _session: Session
    version: str

    def __init__(self, session: Session, version: str) -> None:
        vars(self).update(_session=session, version=version)

    def __setattr__(self, name: str, value: object) -> None:
        """Set what can be set; anything else would be a mistake that nobody hears of."""
        if name not in _SETTABLE:
            known = [item for item in dir(self) if not item.startswith("_")]
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]!r}?" if near and near[0] != name else ""
            reason = "cannot be set" if name in known else "does not exist"
            raise AttributeError(
                f"nest.jit.{name} {reason}{meant or f': there are {_listed(_SETTABLE)} to set'}"
            )
        super().__setattr__(name, value)

    @property
    def path(self) -> list[str | os.PathLike[str]]:
        """Folders that are searched for model files before all others; a list to append to, or to replace."""
        return self._session.path

    @path.setter
    def path(self, folders: Sequence[str | os.PathLike[str]]) -> None:
        if isinstance(folders, (str, os.PathLike)):
            raise TypeError(
                f"nest.jit.path is a list of folders: nest.jit.path.append({str(folders)!r}) adds one"
            )
        self._session.path[:] = folders

    def load(self, file: str | os.PathLike[str]) -> list[str]:
        """Load the models in a file, or in all `.nestml` files of a folder.

        Parameters
        ----------
        file
            A file or a folder.

        Returns
        -------
        list of str
            The names to give to `Create` and `Connect`. A model whose name NEST has already is
            called `<name>_nestml`.

        Raises
        ------
        FileNotFoundError
            If there is no such file, or no model file in the folder.
        nestml_jit.errors.NestmlErrors
            If a file is not correct NESTML.
        """
        with self._session.agreement.together("nest.jit.load"):
            return self._load(Path(file).expanduser())

    def _load(self, path: Path) -> list[str]:
        files = model_files(path) if path.is_dir() else [path]
        if not files:
            raise FileNotFoundError(f"there is no {suffixes()} file in the folder {path}")
        return self._session.load_files(files)

    def define(self, text: str) -> list[str]:
        """Load the models in a text.

        Parameters
        ----------
        text
            One or more NESTML models.

        Returns
        -------
        list of str
            The names to give to `Create` and `Connect`, as for `load`.

        Raises
        ------
        nestml_jit.errors.NestmlError
            If the text is not correct NESTML, or is the name of a file.
        """
        if is_model_file(PurePath(text)) and len(text.splitlines()) == 1:
            raise NestmlError(f"{text!r} is the name of a file: nest.jit.load({text!r}) loads its models")
        return self._session.load(text, "")

    def model(self, name: str) -> ModelView:
        """Return what a NESTML model offers: printed it is text, in a notebook tables.

        Parameters
        ----------
        name
            The name that `Create` or `Connect` takes.

        Raises
        ------
        nest.NESTErrors.UnknownModelName
            If there is no NESTML model of that name.
        nestml_jit.errors.NestmlErrors
            If the model's file is not correct NESTML.
        """
        from nestml_jit.pynest.show import model_view  # the front end, which simulations can do without

        return model_view(self._session.tree(name))

    def models(self, pattern: str = "", *, kind: Literal["neuron", "synapse"] | None = None) -> Catalogue:
        """Return the NESTML models that `Create` and `Connect` find: loaded ones, files, the library.

        >>> nest.jit.models("stdp*", kind="synapse").names
        ['stdp_dendritic_synapse', 'stdp_nn_pre_centered_synapse', ...]

        Parameters
        ----------
        pattern
            Part of a name or of the first line of a model's documentation, in any case, or a pattern for the
            name with `*` and `?`.
        kind
            Only models of this kind.

        Returns
        -------
        nestml_jit.pynest.catalogue.Catalogue
            A sequence of entries with `name`, `kind`, `summary` and `file`; printed it is a table.
        """
        from nestml_jit.pynest.catalogue import catalogue

        session = self._session
        texts = list(session.visible_models())
        with session.agreement.together("nest.jit.models"):
            return catalogue(texts, session.pipeline, session.native_names(), pattern, kind)

    def __repr__(self) -> str:
        lines = inspect.cleandoc(_OVERVIEW).splitlines()
        return "\n".join([f"nest.jit of nestml_jit {self.version}", *lines])

    @property
    def progress(self) -> bool | None:
        """Whether a bar shows that something is compiled; None: in terminals, and in notebooks that asked."""
        return self._session.progress.enabled

    @progress.setter
    def progress(self, wanted: bool | None) -> None:
        self._session.progress.enabled = wanted

    @property
    def devices(self) -> Literal["fused", "nest"]:
        """Who makes what generators send to neurons of NESTML models.

        "fused" leaves it to the neurons' own code, which takes a tenth of the time. Random numbers depend on
        `rng_seed`, the generator, the target and the step, but not on threads or processes. "nest" leaves it
        to NEST, with NEST's own streams. Counts from the next simulation on.
        """
        return self._session.devices

    @devices.setter
    def devices(self, wanted: Literal["fused", "nest"]) -> None:
        self._session.devices = wanted

    @property
    def static_synapses(self) -> Literal["columns", "nest"]:
        """Who stores connections of NEST's `static_synapse` onto neurons of NESTML models.

        "columns" is this module: it makes and delivers them as those of synapse models from NESTML. "nest" is
        NEST itself, one by one. Results are the same. Counts for synapse models (`static_synapse`, and each
        copy of it) that have no connections between neurons yet.
        """
        return self._session.static_synapses

    @static_synapses.setter
    def static_synapses(self, wanted: Literal["columns", "nest"]) -> None:
        self._session.static_synapses = wanted

    def configure(
        self,
        model: str,
        *,
        solver: str | None = None,
        move: bool | None = None,
        ports: Mapping[str, str] | None = None,
        weight: str | None = None,
        delay: str | None = None,
        gap_junctions: Mapping[str, str] | None = None,
    ) -> None:
        """Settle what is otherwise inferred about a model.

        Parameters
        ----------
        model
            The name of a model from NESTML.
        solver
            Of a neuron model: how equations without an exact solution are integrated, "auto" or a name in
            `nest.jit.solvers`, such as "exponential_euler". Counts from the next simulation on. "auto"
            is "rosenbrock" if the equations are stiff with the parameters' defaults, else "rkf45".
        move
            Of a neuron model: whether variables of synapses that only depend on the postsynaptic neuron
            may be kept there, which is faster; results are the same. Counts from the next simulation on.
        ports
            Of a synapse model: roles of its spike ports ("pre", "post" or "modulatory"), and for its
            continuous ports the state or inline of the postsynaptic neuron that they read.
        weight, delay
            Of a synapse model: the variables that `weight` and `delay` are other names of.
        gap_junctions
            Of a neuron model: the "gap_current_port" that gets the current of NEST's gap junctions, and the
            "membrane_potential_variable" that these couple. Inferred are a continuous port with "gap" in its
            name, and the state whose equation its current enters.

        Raises
        ------
        nest.NESTErrors.UnknownModelName
            If there is no NESTML model of that name and kind.
        nest.NESTErrors.KernelException
            If a synapse model, or a neuron model with other gap junctions, is in use already: it can be
            configured before, and after `ResetKernel`.
        nestml_jit.options.OptionError
            If there is no such solver, port, role or variable.
        """
        given = {
            "solver": solver,
            "move": move,
            "ports": ports,
            "weight": weight,
            "delay": delay,
            "gap_junctions": gap_junctions,
        }
        self._session.configure(model, **{name: item for name, item in given.items() if item is not None})

    @property
    def solvers(self) -> Mapping[str, str]:
        """Names for `configure(solver=...)`, each with what it stands for."""
        return {name: method.title for name, method in METHODS.items()}

    def columns(
        self,
        population: Any = None,
        *,
        source: Any = None,
        target: Any = None,
        synapse_model: str | None = None,
        at: Literal["now"] | None = None,
    ) -> Any:
        """Return the variables of neurons or of connections as columns.

        With ``columns = nest.jit.columns(neurons)``, ``columns["V_m"][...]`` is a NumPy array with one
        value per neuron in the unit ``columns["V_m"].unit``, ``columns["V_m"] = values`` sets them, and
        ``columns["V_m"].views()`` looks at them without copying. A million values take milliseconds.

        With ``columns = nest.jit.columns(connections)``, ``columns["weight"]`` is an array with one value
        per connection, a copy that cannot be written to, and ``columns["weight"] = values`` sets them all, to
        one value each or all to one. ``columns.sources`` and ``columns.targets`` are the node IDs. Instead of
        a SynapseCollection, which has an object for each connection, choose them as for `GetConnections`:

        >>> columns = nest.jit.columns(source=pre, target=post, synapse_model="stdp_synapse_nestml")
        >>> columns["weight"] = numpy.clip(columns["weight"], 0.0, 50.0)

        They are then in the order of threads, and of memory there, which `sources` and `targets` tell.

        Like `get`, columns show a connection as of the last spike of its source. With ``at="now"`` they show
        what the variables would be if everything that has reached the connection up to now had been
        processed: spikes of its target, modulatory ones, and the time that has passed. Nothing is changed.

        Parameters
        ----------
        population
            A NodeCollection of neurons of one NESTML model, all on this process, or a SynapseCollection of
            connections of one NESTML model.
        source, target
            Instead of it: NodeCollections between which connections are, by default all nodes.
        synapse_model
            The model of these connections; may be left out if one NESTML model is connected.
        at
            "now" to bring what connections show to the present.

        Returns
        -------
        nestml_jit.session.columns.Columns or nestml_jit.session.connection_columns.ConnectionColumns
            A mapping of names to columns. Those of neurons are of use until `ResetKernel`, those of
            connections until connections are made, removed, or sorted, as the first simulation after
            `Connect` does; later calls raise an error. Vectors of connections have a row for each.

        Raises
        ------
        nest.NESTErrors.KernelException
            If a node is no neuron of a NESTML model on this process, if connections are not of a NESTML
            model, or if they are of several models.
        TypeError
            If `at` is given for neurons, which are always shown as of now, or for what has no columns at all.
        """
        if population is not None:
            if source is not None or target is not None or synapse_model is not None:
                raise TypeError("give either a collection, or source, target and synapse_model")
            return self._session.columns(population, at)
        return self._session.connection_columns(source, target, synapse_model, at)

    def matrix(
        self,
        pre: Any,
        post: Any,
        name: str = "weight",
        *,
        synapse_model: str | None = None,
        sparse: bool = False,
    ) -> Any:
        """Return a variable of the connections between two populations as a matrix.

        It has a row per target and a column per source, as `Connect` takes weights for the rule "all_to_all".

        >>> nest.jit.matrix(pre, post).shape
        (50, 100)
        >>> nest.jit.matrix(pre, post, "delay")[2, 0]  # from pre[0] to post[2]; NaN if there is no connection
        1.5

        Parameters
        ----------
        pre, post
            NodeCollections of the sources and the targets.
        name
            The variable. Where there is no connection a weight is 0, and anything else NaN. Weights of
            parallel connections add up; other variables of these are refused.
        synapse_model
            The NESTML model of the connections; may be left out if only one is connected.
        sparse
            Whether to return a `scipy.sparse.csr_array`, with an entry per connected pair.

        Returns
        -------
        numpy.ndarray of float64, or scipy.sparse.csr_array
            Of shape ``(len(post), len(pre))``; a copy.

        Raises
        ------
        ValueError
            If `name` is a vector, or is not "weight" and there are parallel connections.
        nest.NESTErrors.KernelException
            If `synapse_model` is no NESTML model, or is needed.
        """
        return self._session.connection_matrix(pre, post, name, synapse_model, sparse)

    def recording(self, device: Any) -> dict[str, Any]:
        """Return what a recorder has recorded in memory as NumPy arrays, by name.

        >>> nest.jit.recording(multimeter)["V_m"].shape
        (1000, 50)

        A multimeter's recordables are matrices of float64 with a row per sample and a column per neuron, in
        their own units; NaN where a neuron was frozen, or not connected yet. "times" are those of the rows in
        ms (steps if `time_in_steps` is set), "senders" the node IDs of the columns, thread by thread. A
        spike recorder has "times" and "senders" of each spike. Matrices, and spikes of a single thread, are
        not copied but read-only, and stay as they are when more is recorded, or the kernel is reset.

        Parameters
        ----------
        device
            A NodeCollection of one multimeter, voltmeter or spike recorder.

        Raises
        ------
        nest.NESTErrors.KernelException
            If it is another node, or does not record to "memory".
        """
        return self._session.recording(device)

    def report(self) -> Report:
        """Return what was recorded, generated, compiled or found in the cache so far."""
        attached = self._session.attached
        return Report(
            tuple(self._session.pipeline.stages),
            {neuron: item.synapses for neuron, item in attached.items()},
            {neuron: item.fused.card.solvers for neuron, item in attached.items()},
            {neuron: item.fused.folder for neuron, item in attached.items()},
        )
