"""Drives compiled kernels through ctypes, in the place of the host."""

from __future__ import annotations

import ctypes as ct
import warnings

import numpy as np

from nestml_jit import codegen
from nestml_jit.card import Facts, SynapseFacts
from nestml_jit.codegen.model.names import shown
from nestml_jit.codegen.model.normal import normalise
from nestml_jit.codegen.plan.evaluation import Defaults
from nestml_jit.codegen.plan.past import kept
from nestml_jit.dsl import load
from tests.codegen.compiling import PACKAGE, compiled
from tests.codegen.kernel_abi import (
    EMIT,
    FAIL,
    GROW,
    INTERN,
    MESSAGE,
    NO_KEY,
    RANGE,
    RECENT,
    TEXT,
    TILE,
    NjBlock,
    NjDelivery,
    NjHistory,
    NjModulation,
    NjRun,
    NjTile,
)

PAST = 256
PAST_VALUES = 48


def models(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load(text, "test.nestml")


def library(name):
    path = PACKAGE / "models" / f"{name}.nestml"
    return load(path.read_text(), str(path))[0]


def facts_for(synapses, heterogeneous=("w",), constants=(), move=True, moved=()):
    rules = tuple(SynapseFacts(m.name, tuple(sorted(heterogeneous)), tuple(constants)) for m in synapses)
    return Facts(rules, tuple(moved), move)


class Block:
    """Neurons of one model with a ring buffer and a history, and a clock."""

    def __init__(
        self,
        neuron,
        synapses=(),
        facts=None,
        lanes=3,
        h=0.1,
        parameters=None,
        slots=64,
        recent=True,
        signal_steps=256,
    ):
        self.signal_steps = signal_steps
        facts = facts if facts is not None else facts_for(synapses)
        self.neuron = neuron
        self.rules = {model.name: model for model in synapses}
        self.card = codegen.describe(neuron)
        self.source, self.fusion = codegen.generate(neuron, synapses, facts)
        self.kernel = compiled(self.source)
        self.keep_recent = recent
        self.lanes, self.h, self.slots, self.step = lanes, h, slots, 0
        self.spikes = []
        self.failures = []
        self.messages = []
        self.tiles = -(-lanes // TILE)
        self.padded = self.tiles * TILE
        self.ring = np.zeros((max(self.card.channels, 1), slots, self.padded))
        self._columns(neuron, parameters or {})
        self._history()
        self._block()
        self.calibrate()

    def _columns(self, neuron, parameters):
        normal = normalise(neuron)
        self.columns = {}
        for column in self.fusion.columns:
            self.columns[column.name] = np.zeros(self.padded)

        named = {shown(name): symbol for name, symbol in normal.symbols.items()}
        given = {
            named[name].name: np.broadcast_to(value, self.padded)
            for name, value in parameters.items()
            if name in named
        }
        made = {}

        def lookup(name, lane):
            values = tuple(column[lane].item() for column in given.values())
            if values not in made:
                made[values] = Defaults(normal, self.h, dict(zip(given, values, strict=True)))
            return made[values][name]

        for variable in self.card.variables:
            if variable.name not in map(shown, normal.symbols):
                self.columns[variable.name][:] = parameters.get(variable.name, variable.default.arguments[0])
        self.integers = {shown(item.name) for item in normal.symbols.values() if item.type == "integer"}
        self.integers |= {moved.column for moved in self.fusion.moved if moved.type == "integer"}
        for symbol in normal.symbols.values():
            if symbol.kind in ("parameter", "state") and symbol.type != "string":
                column = self.values(shown(symbol.name))
                for lane in range(self.padded):
                    column[lane] = lookup(symbol.name, lane)
        for moved in self.fusion.moved:
            self.values(moved.column)[:] = parameters.get(moved.column, moved.default)

    def _history(self):
        self.stride = 1 + len(self.fusion.history) + self.kernel.hidden
        self.past = []
        self.history = (NjHistory * self.padded)()
        for lane in range(self.padded):
            self.past.append(np.zeros((1, self.stride)))
            self.past[lane].view(np.int64)[0, 0] = 0
            for index, name in enumerate(self.fusion.history):
                self.past[lane][0, 1 + index] = self.columns[name][lane]
            self.past[lane][0, 1 + len(self.fusion.history) :] = np.nan
            self.history[lane] = NjHistory(self.past[lane].ctypes.data, 1, 1)

        self._recent()

    def _recent(self):
        """Keep the newest entries of every lane at hand, as the header describes."""
        at_hand = self.kernel.at_hand[: self.kernel.at_hands]
        width = -(-RECENT * 8 * (1 + len(at_hand)) // 64) * 8
        self.recent = np.zeros((self.padded, width))
        entries = self.recent[:, : RECENT * (1 + len(at_hand))].reshape(self.padded, RECENT, -1)
        entries[:, :, 0] = NO_KEY
        for lane, past in enumerate(self.past):
            if past[0, 1 : 1 + len(self.fusion.history)].any():
                entries[lane, :2, 0] = 1
                entries[lane, :2, 1:] = past[0, at_hand]

    def _grow(self, host, lane):
        size = self.history[lane].size
        larger = np.zeros((2 * size, self.stride))
        larger[:size] = self.past[lane][:size]
        self.past[lane] = larger
        self.history[lane].entry = larger.ctypes.data
        self.history[lane].capacity = 2 * size

    def _emit(self, host, lane, lag):
        self.spikes.append((self.step + lag + 1, lane))

    def _fail(self, host, lane, lag, text):
        self.failures.append((lane, text.decode()))

    def _out_of_range(self, host, lane, step, vector, index, size, synapse, source):
        names = [(text or b"").decode() for text in (vector, synapse)]
        self.failures.append((lane, step, names[0], index, size, names[1], source))

    def _message(self, host, lane, level, text):
        self.messages.append((lane, level, text.decode()))

    def _intern(self, text):
        if text not in self.texts:
            self.texts.append(text)
        return float(self.texts.index(text))

    def _text(self, number):
        self.shown = ct.create_string_buffer(self.texts[int(number)])
        return ct.addressof(self.shown)

    def _block(self):
        self.past_values = np.zeros((PAST, len(self.fusion.past), self.padded))
        self.texts = [b""]
        self.slot_of = np.zeros(self.slots, dtype=np.uint32)
        self.node_id = np.arange(1, self.padded + 1, dtype=np.uint64)
        self.signal = np.full((self.signal_steps, self.kernel.signals, self.padded), np.nan)
        self.callbacks = (
            EMIT(self._emit),
            GROW(self._grow),
            MESSAGE(self._message),
            FAIL(self._fail),
            RANGE(self._out_of_range),
        )
        self.block = NjBlock(
            self.ring.ctypes.data,
            self.padded,
            self.slots * self.padded,
            self.slot_of.ctypes.data,
            self.history,
            self.node_id.ctypes.data,
            1,
            0,
            self.h,
            None,
            *self.callbacks,
            self.recent.ctypes.data if self.keep_recent else None,
            self.signal.ctypes.data if self.signal.size else None,
            self.signal.shape[0],
            -(2**62),
            None,
            self.past_values.ctypes.data,
            PAST - 1,
            INTERN(self._intern),
            TEXT(self._text),
        )
        self.tile = []
        self.pointers = []
        for tile in range(self.tiles):
            pointers = (ct.c_void_p * len(self.fusion.columns))(
                *(self.columns[column.name].ctypes.data + 8 * TILE * tile for column in self.fusion.columns)
            )
            self.pointers.append(pointers)
            lanes = min(TILE, self.lanes - TILE * tile)
            self.tile.append(NjTile(ct.cast(pointers, ct.POINTER(ct.c_void_p)), TILE * tile, lanes))

    def calibrate(self):
        for tile in self.tile:
            self.kernel.calibrate(ct.byref(self.block), ct.byref(tile), TILE, self.h)

    def values(self, name):
        """Return a column as the numbers that it holds."""
        column = self.columns[name]
        return column.view(np.int64) if name in self.integers else column

    def __getitem__(self, name):
        return self.values(name)[: self.lanes]

    def slot(self, step):
        return step % self.slots

    def add(self, step, channel, lane, amount):
        """Let an input arrive at the end of the step `step` (1 is the first)."""
        self.ring[channel, self.slot(step - 1), lane] += amount

    def run(self, steps, slice_=1):
        done = 0
        while done < steps:
            lags = min(slice_, steps - done)
            for lag in range(lags):
                self.slot_of[lag] = self.slot(self.step + lag)
            self.block.origin = self.step
            for tile in self.tile:
                self.kernel.update(ct.byref(self.block), ct.byref(tile), 0, lags)
            self.step += lags
            done += lags

    def recall(self):
        for tile in self.tile:
            self.kernel.recall(ct.byref(self.block), ct.byref(tile), self.step)


class Run:
    """Connections of one source onto a block."""

    def __init__(self, block, index, lanes, delays, values, scalars=None, channel=(0, 0, 1.0)):
        self.block, self.index = block, index
        self.card = block.fusion.deliveries[index]
        self.functions = block.kernel.delivery[index]
        self.lane = np.asarray(lanes, dtype=np.uint32)
        self.delay = np.arange(len(lanes), dtype=np.uint16)
        self.steps = np.asarray(delays, dtype=np.uint32)
        self.values = {}
        normal = normalise(block.rules[self.card.synapse])
        symbols = normal.symbols
        self.integers = {shown(item.name) for item in symbols.values() if item.type == "integer"}
        for column in self.card.columns:
            size = len(lanes) if column.mode == "connection" else 1
            kind = np.int64 if column.name in self.integers else float
            given = np.broadcast_to(np.asarray(values.get(column.name, 0), dtype=kind), size)
            self.values[column.name] = np.array(given)
        pointers = [self.values[column.name].ctypes.data for column in self.card.columns]
        self.past = np.zeros((PAST_VALUES * len(kept(normal)), len(lanes)))
        pointers += [row.ctypes.data for row in self.past]
        self.pointers = (ct.c_void_p * max(len(pointers), 1))(*pointers)
        given = dict(values) | dict(scalars or {})
        self.scalar = np.array([self._slot(name, given[name]) for _, name in self.card.scalars] or [0.0])
        self.scratch = np.zeros(max(self.card.scratch, 1))
        self.channel = channel
        self.t_last = self.t_done = self.same = 0
        self.emitted = np.zeros(len(lanes))
        self.source_id = 1
        self.modulation = [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint32))] * 4
        self.functions.prepare(self.scalar.ctypes.data, block.h, self.scratch.ctypes.data)

    def _slot(self, name, number):
        return np.int64(number).view(np.float64) if name in self.integers else float(number)

    def _delivery(self, step, multiplicity=1):
        block = self.block
        width = block.slots * block.padded
        self.offsets = np.array(
            [block.slot(step + int(d) - 1) * block.padded for d in self.steps], dtype=np.uint64
        )
        positive, negative, sign = self.channel
        return NjDelivery(
            ct.pointer(block.block),
            self.steps.ctypes.data,
            self.offsets.ctypes.data,
            self.scalar.ctypes.data,
            self.scratch.ctypes.data,
            step,
            positive * width,
            negative * width,
            sign,
            -1,
            -1,
            multiplicity,
            self.emitted.ctypes.data,
            0.0,
            self._modulation(),
            self.source_id,
            block.step,
            past=PAST_VALUES,
        )

    def _modulation(self):
        fields = [(steps.ctypes.data, counts.ctypes.data, len(steps)) for steps, counts in self.modulation]
        return (NjModulation * len(fields))(*(NjModulation(*item) for item in fields))

    def modulate(self, port, steps):
        """Let modulatory spikes reach the connections; as often as a step is given."""
        found, counts = np.unique(np.asarray(steps, dtype=np.int64), return_counts=True)
        self.modulation = list(self.modulation)
        self.modulation[port] = (found, counts.astype(np.uint32))

    def _run(self):
        return NjRun(
            self.lane.ctypes.data,
            self.delay.ctypes.data,
            ct.cast(self.pointers, ct.POINTER(ct.c_void_p)),
            len(self.lane),
            self.t_last,
            self.t_done,
            self.same,
        )

    def spike(self, step, multiplicity=1):
        delivery = self._delivery(step, multiplicity)
        self.functions.deliver(ct.byref(delivery), ct.byref(self._run()))
        if self.functions.spike:
            self.functions.spike(
                ct.byref(delivery), ct.cast(self.pointers, ct.POINTER(ct.c_void_p)), self.t_last
            )
        self.t_last = self.t_done = step

    def advance(self, step):
        delivery = self._delivery(step)
        self.functions.advance(ct.byref(delivery), ct.byref(self._run()), step)
        self.t_done = step

    def __getitem__(self, name):
        return self.values[name]
