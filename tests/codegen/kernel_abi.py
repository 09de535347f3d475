"""The structures of the kernels' ABI (nestml_jit_abi.h) for ctypes."""

import ctypes as ct

TILE = 64
RECENT, NO_KEY = 8, -(2.0**52)

EMIT = ct.CFUNCTYPE(None, ct.c_void_p, ct.c_uint32, ct.c_uint32)
GROW = ct.CFUNCTYPE(None, ct.c_void_p, ct.c_uint32)
MESSAGE = ct.CFUNCTYPE(None, ct.c_void_p, ct.c_uint32, ct.c_int32, ct.c_char_p)
FAIL = ct.CFUNCTYPE(None, ct.c_void_p, ct.c_uint32, ct.c_uint32, ct.c_char_p)
RANGE = ct.CFUNCTYPE(
    None,
    ct.c_void_p,
    ct.c_uint32,
    ct.c_int64,
    ct.c_char_p,
    ct.c_int64,
    ct.c_int64,
    ct.c_char_p,
    ct.c_uint64,
)
INTERN = ct.CFUNCTYPE(ct.c_double, ct.c_char_p)
NOTE = ct.CFUNCTYPE(None, ct.c_void_p, ct.c_uint32, ct.c_uint32, ct.c_double)
TEXT = ct.CFUNCTYPE(ct.c_void_p, ct.c_double)
REPLAY = ct.CFUNCTYPE(
    None, ct.c_void_p, ct.c_double, ct.c_int64, ct.c_void_p, ct.c_uint32, ct.c_int64, ct.c_void_p
)


class NjHistory(ct.Structure):
    _fields_ = [("entry", ct.c_void_p), ("size", ct.c_uint32), ("capacity", ct.c_uint32)]


class NjBlock(ct.Structure):
    _fields_ = [
        ("ring", ct.c_void_p),
        ("lane_stride", ct.c_uint64),
        ("channel_stride", ct.c_uint64),
        ("slot", ct.c_void_p),
        ("history", ct.POINTER(NjHistory)),
        ("node_id", ct.c_void_p),
        ("seed", ct.c_uint64),
        ("origin", ct.c_int64),
        ("h", ct.c_double),
        ("host", ct.c_void_p),
        ("emit", EMIT),
        ("grow", GROW),
        ("message", MESSAGE),
        ("fail", FAIL),
        ("out_of_range", RANGE),
        ("recent", ct.c_void_p),
        ("signal", ct.c_void_p),
        ("signal_steps", ct.c_uint64),
        ("signal_first", ct.c_int64),
        ("signal_kept", ct.c_void_p),
        ("past", ct.c_void_p),
        ("past_mask", ct.c_int64),
        ("intern", INTERN),
        ("text", TEXT),
        ("inactive", ct.c_void_p),
        ("gap", ct.c_void_p),
        ("trajectory", ct.c_void_p),
    ]


class NjTile(ct.Structure):
    _fields_ = [("column", ct.POINTER(ct.c_void_p)), ("first_lane", ct.c_uint32), ("lanes", ct.c_uint32)]


class NjRun(ct.Structure):
    _fields_ = [
        ("lane", ct.c_void_p),
        ("delay", ct.c_void_p),
        ("column", ct.POINTER(ct.c_void_p)),
        ("size", ct.c_uint32),
        ("t_last", ct.c_int64),
        ("t_done", ct.c_int64),
        ("same", ct.c_uint32),
    ]


class NjModulation(ct.Structure):
    _fields_ = [("step", ct.c_void_p), ("multiplicity", ct.c_void_p), ("size", ct.c_uint32)]


class NjDelivery(ct.Structure):
    _fields_ = [
        ("block", ct.POINTER(NjBlock)),
        ("delay_steps", ct.c_void_p),
        ("slot_offset", ct.c_void_p),
        ("scalar", ct.c_void_p),
        ("scratch", ct.c_void_p),
        ("t_spike", ct.c_int64),
        ("positive", ct.c_uint64),
        ("negative", ct.c_uint64),
        ("negative_sign", ct.c_double),
        ("count_positive", ct.c_int64),
        ("count_negative", ct.c_int64),
        ("multiplicity", ct.c_uint32),
        ("emitted", ct.c_void_p),
        ("stdp_eps", ct.c_double),
        ("modulation", ct.POINTER(NjModulation)),
        ("source_id", ct.c_uint64),
        ("signal_last", ct.c_int64),
        ("note", NOTE),
        ("notes", ct.c_void_p),
        ("emit", ct.c_void_p),
        ("emitter", ct.c_void_p),
        ("past", ct.c_uint32),
        ("deaf_until", ct.c_int64),
    ]


class NjDeliveryFunctions(ct.Structure):
    _fields_ = [
        ("synapse", ct.c_char_p),
        ("columns", ct.c_uint32),
        ("scalars", ct.c_uint32),
        ("scratch", ct.c_uint32),
        ("prepare", ct.CFUNCTYPE(None, ct.c_void_p, ct.c_double, ct.c_void_p)),
        ("deliver", ct.CFUNCTYPE(None, ct.POINTER(NjDelivery), ct.POINTER(NjRun))),
        ("advance", ct.CFUNCTYPE(None, ct.POINTER(NjDelivery), ct.POINTER(NjRun), ct.c_int64)),
        ("spike", ct.CFUNCTYPE(None, ct.POINTER(NjDelivery), ct.POINTER(ct.c_void_p), ct.c_int64)),
        ("look", ct.CFUNCTYPE(None, ct.POINTER(NjDelivery), ct.POINTER(NjRun), ct.c_uint32, ct.c_void_p)),
        ("settle", ct.CFUNCTYPE(None, ct.POINTER(NjDelivery), ct.POINTER(NjRun), ct.c_int64)),
        ("replay", REPLAY),
    ]


class NjKernel(ct.Structure):
    _fields_ = [
        ("abi_version", ct.c_uint32),
        ("tile", ct.c_uint32),
        ("neuron", ct.c_char_p),
        ("columns", ct.c_uint32),
        ("history", ct.c_uint32),
        ("deliveries", ct.c_uint32),
        ("delivery", ct.POINTER(NjDeliveryFunctions)),
        ("calibrate", ct.CFUNCTYPE(None, ct.POINTER(NjBlock), ct.POINTER(NjTile), ct.c_uint32, ct.c_double)),
        ("update", ct.CFUNCTYPE(None, ct.POINTER(NjBlock), ct.POINTER(NjTile), ct.c_uint32, ct.c_uint32)),
        (
            "observe",
            ct.CFUNCTYPE(
                ct.c_double, ct.POINTER(NjBlock), ct.POINTER(NjTile), ct.c_uint32, ct.c_uint32, ct.c_int64
            ),
        ),
        ("recall", ct.CFUNCTYPE(None, ct.POINTER(NjBlock), ct.POINTER(NjTile), ct.c_int64)),
        ("signals", ct.c_uint32),
        ("coupled", ct.c_uint32),
        ("hidden", ct.c_uint32),
        ("at_hands", ct.c_uint32),
        ("at_hand", ct.POINTER(ct.c_uint32)),
        ("interrupt", ct.c_void_p),
    ]
