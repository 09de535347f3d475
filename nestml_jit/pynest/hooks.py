"""Hooks in the place of NEST's low-level functions, which NEST looks up at each call.

NEST's own Python code calls them by their own names, so that whatever way leads to a model's name
or to a simulation comes past here, while every object that users see is NEST's.
"""

from __future__ import annotations

import contextlib
import functools
import numbers
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nestml_jit.card import KEPT
from nestml_jit.front_ends import is_model_file, model_files
from nestml_jit.pynest.advising import Questioned, advised, models_of_connections, models_of_nodes
from nestml_jit.pynest.arrays import TAKING_VALUES, naming_arrays
from nestml_jit.session import Session, advice
from nestml_jit.session.columns import node_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW = 1000
"""Nodes whose IDs are listed in less time than it takes to ask for the first and the last one."""

_MODEL_KEYS = ("synapse_model", "synapse_parameters", "elements", "model")


def model_names(value: object) -> Iterator[str]:
    """Yield the model names in what NEST takes as a model, a specification, or a list of these."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key in _MODEL_KEYS:
            if key in value:
                yield from model_names(value[key])
    elif hasattr(value, "syn_specs"):  # CollocatedSynapses
        yield from model_names(value.syn_specs)
    elif isinstance(value, Sequence):
        for item in value:
            yield from model_names(item)


def ends(ids: Sequence[int]) -> tuple[int, int]:
    """Return the first and the last of sorted IDs; a range without any ID if there are none."""
    return (int(ids[0]), int(ids[-1])) if len(ids) else (1, 0)


def is_kept(name: object) -> bool:
    """Whether a name is that of something that neurons keep for the connections of a synapse model."""
    return isinstance(name, str) and KEPT in name


def _duration(arguments: tuple[Any, ...], more: Mapping[str, Any]) -> float:
    """Return for how many ms to simulate, 0 if that is no number; NEST says what is wrong then."""
    value = arguments[0] if arguments else next(iter(more.values()), 0.0)
    return float(value) if isinstance(value, (float, int, numbers.Real)) else 0.0


def _share(value: Any, at: int, size: int) -> Any:
    """Return a node's part of a value for several nodes, which may be one for each."""
    is_list = isinstance(value, (list, tuple, np.ndarray)) and len(value) == size
    return value[at] if is_list and size > 1 else value


def install_hooks(session: Session) -> None:
    """Let the session know of model names and simulations before NEST does."""
    hooks = _Hooks(session)
    kernel = session.nest.ll_api.nestkernel
    wrappers: dict[str, Callable[..., Any]] = {
        "llapi_create": hooks.creating,
        "llapi_create_spatial": hooks.creating,
        "llapi_get_defaults": hooks.names_in_argument(0),
        "llapi_set_defaults": hooks.setting_defaults,
        "llapi_copy_model": hooks.copying,
        "llapi_get_connections": hooks.names_in_argument(0),
        "llapi_connect": hooks.connecting(3),
        "llapi_disconnect": hooks.names_in_argument(3),
        "llapi_connect_tripartite": hooks.connecting_tripartite,
        "llapi_connect_arrays": hooks.connecting_arrays,
        "llapi_connect_layers": hooks.connecting(2),
        "llapi_connect_sonata": hooks.connecting_sonata,
        "llapi_prepare": hooks.simulating,
        "llapi_simulate": hooks.simulating,
        "llapi_run": hooks.simulating,
        "llapi_cleanup": hooks.cleaning_up,
        "llapi_reset_kernel": hooks.resetting,
        "llapi_set_kernel_status": hooks.setting_kernel,
        "llapi_install_module": hooks.installing,
        "llapi_enable_structural_plasticity": hooks.changing,
        "llapi_disable_structural_plasticity": hooks.changing,
        "llapi_set_nc_status": hooks.setting_nodes,
        "llapi_get_connection_status": hooks.reading_connections,
        "llapi_set_connection_status": hooks.setting_connections,
    }
    models = _models_in_question(session)
    for name, hook in wrappers.items():
        original = getattr(kernel, name)
        if name in TAKING_VALUES:
            original = naming_arrays(original)
        if name in models:
            hook = advised(session, models[name], hook)
        setattr(kernel, name, functools.update_wrapper(functools.partial(hook, original), original))


def _models_in_question(session: Session) -> dict[str, Callable[..., Questioned]]:
    """Return, for low-level functions that take values, which models these are for."""

    def named(model: Any, *_more: Any) -> Questioned:
        return Questioned(given=model_names([model]))

    def of_nodes(nodes: Any, *_more: Any) -> Questioned:
        return Questioned(given=models_of_nodes(session, nodes))

    def of_connections(found: Any, *_more: Any) -> Questioned:
        return Questioned(given=models_of_connections(session, found))

    def connected(_pre: Any, post: Any, _rule: Any, synapses: Any, *_more: Any) -> Questioned:
        return Questioned(given=model_names(synapses), targets=models_of_nodes(session, post))

    return {
        "llapi_set_defaults": named,
        "llapi_copy_model": named,
        "llapi_set_nc_status": of_nodes,
        "llapi_set_connection_status": of_connections,
        "llapi_connect": connected,
    }


def creator(session: Session) -> Callable[..., Any]:
    """Return `Create` as it is, except that initial values follow the parameters that it is given."""
    original = session.nest.Create

    def create(model: Any, n: Any = 1, params: Any = None, positions: Any = None) -> Any:
        if (params or isinstance(n, dict)) and session.ensure(model) and session.is_active:
            session.host.set_creating(True)
            try:
                return original(model, n, params, positions)
            finally:
                session.host.set_creating(False)
        return original(model, n, params, positions)

    return create


class _Hooks:
    """Wrappers of low-level functions; each takes the original first."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._thread = threading.get_ident()
        self._was_reset = False

    def _call(self, names: Iterator[str], original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        """Make sure that models are known, then call NEST; if it fails for an unknown name, say more."""
        listed = list(names)
        return self._call_knowing(listed, self._unknown(iter(listed)), original, *arguments, **more)

    def _unknown(self, names: Iterator[str]) -> list[str]:
        """Make sure that models are known, and return the unknown names."""
        return [name for name in dict.fromkeys(names) if not self._session.ensure(name)]

    def _call_knowing(
        self, names: list[str], unknown: list[str], original: Callable[..., Any], *arguments: Any, **more: Any
    ) -> Any:
        try:
            return original(*arguments, **more)
        except self._session.nest.NESTError as error:
            named = next((name for name in names if name in str(error)), None)
            if named in unknown:
                raise type(error)(f"{error} {self._session.explain_unknown(named)}") from None
            misused = named and self._session.explain_misuse(named, type(error).__name__)
            if not misused:
                raise
            raise type(error)(f"{error} {misused}") from None

    def names_in_argument(self, index: int) -> Callable[..., Any]:
        def hook(original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
            return self._call(model_names(arguments[index : index + 1]), original, *arguments, **more)

        return hook

    def creating(self, original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        names = list(model_names(arguments[:1]))
        unknown = self._unknown(iter(names))
        if not self._session.is_active:
            return self._call_knowing(names, unknown, original, *arguments, **more)
        host = self._session.host
        with host.device_rows.creating(ours=all(host.neuron_base(name) for name in names)):
            return self._call_knowing(names, unknown, original, *arguments, **more)

    def copying(self, original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        names = list(model_names(arguments[:1]))
        unknown = self._unknown(iter(names))
        existing, new, params = (*arguments, None, None)[:3]
        given = {name: value for name, value in (params or {}).items() if is_kept(name)}
        kept = self._session.kept_defaults(str(existing)) | given
        if not kept:
            with self._registering():
                return self._call_knowing(names, unknown, original, *arguments, **more)
        self._expect_kept(str(existing), kept)
        others = {name: value for name, value in (params or {}).items() if name not in given}
        self._check(self._session.nest.ll_api.nestkernel.llapi_set_defaults, existing, kept)
        with self._registering():
            self._call_knowing(names, unknown, original, existing, new, others, **more)
        return self._session.nest.ll_api.nestkernel.llapi_set_defaults(new, kept)

    def setting_defaults(self, original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        model, params = (*arguments, {}, {})[:2]
        names = list(model_names([model]))
        unknown = self._unknown(iter(names))
        self._expect_kept(str(model), params)
        self._session.note_set(connections=True)  # some synapse models have one weight for all
        return self._call_knowing(names, unknown, original, *arguments, **more)

    def _expect_kept(self, model: str, names: Iterable[str]) -> None:
        """Make sure that neurons have what they are to keep for connections that are not made yet."""
        kept = [name for name in names if is_kept(name)]
        wrong = self._session.expect_kept(model, kept) if kept else ""
        if wrong:
            raise self._session.nest.NESTErrors.UnaccessedDictionaryEntry(wrong)

    def _registering(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which NEST may come to know further synapse models."""
        if not self._session.is_active:
            return contextlib.nullcontext()
        return self._session.host.device_rows.registering()

    def connecting(self, index: int) -> Callable[..., Any]:
        def hook(original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
            self._expect_devices(arguments[:1], arguments[1:2])
            return self._connect(arguments[index : index + 1], original, *arguments, **more)

        return hook

    def connecting_tripartite(self, original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        sources, targets, third = arguments[:3]
        self._expect_devices([sources, third], [targets, third])
        return self._connect(list(arguments[5].values()), original, *arguments, **more)

    def connecting_arrays(self, original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        if self._session.is_active:
            self._expect_devices_among(*(np.asarray(ends) for ends in arguments[:2]))
        return self._connect(
            [item for item in arguments if isinstance(item, str)], original, *arguments, **more
        )

    def connecting_sonata(self, original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        if self._session.is_active:
            self._session.host.device_rows.fill_all()
        edges = arguments[0].get("edges", ())
        specifications = [list(item.get("syn_specs", {}).values()) for item in edges]
        return self._connect(specifications, original, *arguments, **more)

    def _expect_devices(self, sources: Iterable[Any], targets: Iterable[Any]) -> None:
        """Let sources be connected to devices if there are any among the targets; all are NodeCollections."""
        if not self._session.is_active:
            return
        rows = self._session.host.device_rows
        if any(rows.has_devices(*ends(self._ids(nodes))) for nodes in targets):
            for nodes in sources:
                rows.fill(np.ascontiguousarray(self._ids(nodes), dtype=np.uint64))

    def _ids(self, nodes: Any) -> Any:
        """Return the sorted IDs of nodes in the kernel's form; it makes lists of few of them soonest."""
        kernel = self._session.nest.ll_api.nestkernel
        if kernel.llapi_nc_size(nodes) <= FEW:
            return kernel.llapi_node_collection_to_array(nodes, "all")
        return node_ids(self._session.nest.NodeCollection(nodes))

    def _expect_devices_among(self, sources: NDArray[Any], targets: NDArray[Any]) -> None:
        """Do so for arrays of node IDs; NEST says what is wrong if they are none."""
        rows = self._session.host.device_rows
        integers = all(np.issubdtype(nodes.dtype, np.integer) for nodes in (sources, targets))
        if integers and targets.size and rows.has_devices(int(targets.min()), int(targets.max())):
            rows.fill(np.unique(sources[sources > 0]).astype(np.uint64))

    def _connect(self, names: object, original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        """Connect, and take note of what was connected."""
        listed = list(model_names(names))
        unknown = self._unknown(iter(listed))
        if not self._session.may_pair(listed):
            return self._call_knowing(listed, unknown, original, *arguments, **more)
        self._session.check_pairs(listed)
        try:
            # What fails in one process, for its part of the connections, fails in all.
            with self._session.agreement.together("connecting"):
                return self._call_knowing(listed, unknown, original, *arguments, **more)
        finally:
            self._session.note_pairs()

    def simulating(self, original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        if threading.get_ident() != self._thread:
            self._refuse_other_threads()
        duration = _duration(arguments, more)
        simulate = functools.partial(self._simulate, duration, original, *arguments, **more)
        return self._session.interruptible(duration, simulate)

    def _simulate(self, duration: float, original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        try:
            self._session.bind(duration)
            if self._session.recorder is not None:
                self._session.recorder.simulation()
                return None
            try:
                return original(*arguments, **more)
            except self._session.nest.NESTError:
                self._session.raise_failure()
                raise
        finally:
            self._session.end_run()

    def cleaning_up(self, original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        return original(*arguments, **more) if self._session.recorder is None else None

    def _refuse_other_threads(self) -> None:
        """Say what is wrong where NEST would take the process down."""
        if self._session.is_active and threading.get_ident() != self._thread:
            raise self._session.nest.NESTErrors.KernelException(
                "NEST can only be simulated and reset from the thread that imported it. Let that thread "
                "do it, or use processes."
            )

    def resetting(self, original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        self._refuse_other_threads()
        try:
            return original(*arguments, **more)
        finally:
            self._was_reset = True
            self._session.forget_kernel()

    def setting_kernel(self, original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        params = arguments[0] if arguments else more.get("params", {})
        plasticity = params.get("structural_plasticity_synapses", {})
        names = model_names(list(plasticity.values()) if isinstance(plasticity, Mapping) else [])
        threads = self._threads()
        try:
            return self._call(names, original, *arguments, **more)
        finally:
            self._session.note_change()
            if self._threads() != threads:
                self._session.forget_kernel()

    def changing(self, original: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        """Change what the binding of kernels depends on."""
        try:
            return original(*arguments, **more)
        finally:
            self._session.note_change()

    def _threads(self) -> int | None:
        """Return how many threads NEST has, None if that is all the same to us."""
        return self._session.host.threads() if self._session.is_active else None

    def setting_nodes(
        self, original: Callable[..., Any], nodes: Any, params: Sequence[Mapping[str, Any]]
    ) -> Any:
        """Either set all nodes or none.

        Values are checked for all nodes before any node gets one; but not those that are drawn at random,
        since drawing twice would change the script's random numbers.
        """
        params = self._with_kept(nodes, params)
        self._session.note_set()
        if not self._are_several_of_ours(nodes):
            return original(nodes, params)
        if any(
            isinstance(value, self._session.nest.Parameter) for entry in params for value in entry.values()
        ):
            with self._session.host.all_or_nothing():
                return original(nodes, params)
        self._check(original, nodes, params)
        return original(nodes, params)

    def _with_kept(self, nodes: Any, params: Any) -> Any:
        """Return parameters of nodes, with lists for what they are to keep divided among them."""
        entries = params if isinstance(params, (list, tuple)) else [params]
        kept = {name for entry in entries for name in entry if is_kept(name)}
        if not kept or not self._session.is_active:
            return params
        collection = self._session.nest.NodeCollection(nodes)
        models = collection.get("model")
        for model in {models} if isinstance(models, str) else set(models):
            self._expect_kept(model, sorted(kept))
        if len(entries) == 1:
            entries = [dict(entries[0]) for _ in range(len(collection))]
        return [
            {
                name: _share(value, at, len(entries)) if name in kept else value
                for name, value in entry.items()
            }
            for at, entry in enumerate(entries)
        ]

    def reading_connections(self, original: Callable[..., Any], connections: Any) -> Any:
        with self._doubting():
            return original(connections)

    def setting_connections(self, original: Callable[..., Any], connections: Any, params: Any) -> Any:
        """Check the values for all connections before any of them gets one."""
        self._session.note_set(connections=True)
        ends = [connections[0], connections[-1]] if len(connections) > 1 and self._session.is_active else []
        if ends:
            found = self._session.nest.ll_api.nestkernel.llapi_get_connection_status(ends)
            if all(self._session.host.synapse_base(item["synapse_model"]) for item in found):
                with self._doubting():
                    self._check(original, connections, params)
        with self._doubting():
            return original(connections, params)

    def _doubting(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which connections may be those of a kernel that was reset."""
        if self._was_reset and self._session.is_active:
            return self._session.host.device_rows.doubting()
        return contextlib.nullcontext()

    def _check(self, original: Callable[..., Any], *arguments: Any) -> None:
        """Let NEST go through a setting without our models storing anything."""
        host = self._session.host
        host.set_checking(True)
        try:
            original(*arguments)
        finally:
            host.set_checking(False)

    def _are_several_of_ours(self, nodes: Any) -> bool:
        nest = self._session.nest
        kernel = nest.ll_api.nestkernel
        size = kernel.llapi_nc_size(nodes)
        if not self._session.is_active or size < 2:
            return False
        collection = nest.NodeCollection(nodes)
        ends = (
            kernel.llapi_node_collection_to_array(collection[index]._datum, "all")[0]
            for index in (0, size - 1)
        )
        return all(self._session.host.is_ours(node_id) for node_id in ends)

    def installing(self, original: Callable[..., Any], module_name: str, *more: Any) -> Any:
        with self._session.agreement.together("Install"):
            return self._install(original, module_name, *more)

    def _install(self, original: Callable[..., Any], module_name: str, *more: Any) -> Any:
        if self._session.install_recorded(str(module_name)):
            return None
        path = Path(str(module_name)).expanduser()
        files = [path] if is_model_file(path) else model_files(path)
        if not files:
            return self._install_module(original, module_name, *more)
        self._session.load_files(files)
        return None

    def _install_module(self, original: Callable[..., Any], module_name: str, *more: Any) -> Any:
        try:
            with self._registering():
                return original(module_name, *more)
        except self._session.nest.NESTError as error:
            raise type(error)(f"{error} {advice.of_module(str(module_name))}") from None
