/* What Python hands over to attach a kernel: one record that says where each of the kernel's columns comes from.
 *
 * Plain C structures, which `nestml_jit/host/binding_record.py` mirrors for ctypes; `nj_binding_layout` tells sizes
 * and offsets, and a test compares them. The host copies what it keeps: a record and all that it points to need not
 * outlive the call of `nj_attach`. Arrays come with their length right behind them; an array of length 0 may be null.
 * Names are those of the model's card. Truth values are 0 or 1. */
#ifndef NESTML_JIT_BINDING_RECORD_H
#define NESTML_JIT_BINDING_RECORD_H

#include <cstdint>

#include "nestml_jit_abi.h"

extern "C" {

typedef struct NjNames
{
  const char* const* name;
  uint64_t size;
} NjNames;

/* A column of a kernel or of a delivery. */
typedef struct NjColumnRecord
{
  const char* name;
  uint64_t special; /* of a kernel: an internal of its own, not a variable of the store; of a delivery: one
                         value per source, not one per connection */
} NjColumnRecord;

/* A delay with which a kernel reads a variable. */
typedef struct NjDelayRecord
{
  const char* variable;
  uint64_t column; /* number of the kernel's column that holds the delay in steps */
} NjDelayRecord;

/* A state that follows from postsynaptic spikes and parameters alone. */
typedef struct NjTraceRecord
{
  const char* state;
  const char* form;          /* what drives it, see `Trace` in nestml_jit/card.py */
  const uint64_t* parameter; /* numbers among NjDeliveryRecord::replay of the parameters that `form` speaks of */
  uint64_t parameters;
  uint64_t archived; /* NEST's own neurons keep such a state */
} NjTraceRecord;

/* What the connections of one synapse model need besides the functions of the kernel. */
typedef struct NjDeliveryRecord
{
  const char* synapse;
  const NjColumnRecord* column; /* in the order of NjRun::column */
  uint64_t columns;
  const double* scalar; /* values of NjDelivery::scalar */
  uint64_t scalars;
  uint64_t uses_history;      /* reads NjBlock::history */
  uint64_t flush;             /* reads signals of times between presynaptic spikes, ... */
  uint64_t every_step;        /* ... those of all steps */
  uint64_t at_spikes;         /* ... those from when neurons fired */
  NjNames moved;              /* states that the neuron keeps for the connections */
  NjNames late_states;        /* states that connections keep, and the neuron for connections made later */
  NjNames replay;             /* parameters of NjDeliveryFunctions::replay */
  const NjTraceRecord* trace; /* its states */
  uint64_t traces;
} NjDeliveryRecord;

/* A kernel and the layout of its columns. */
typedef struct NjBindingRecord
{
  const char* neuron; /* the model; "" for the targets of the synapse models that are NEST's own neurons */
  const NjKernel* kernel;
  uint64_t seed;                /* of the random number streams */
  uint64_t channels;            /* rows per slot of the ring */
  const NjColumnRecord* column; /* in the order of NjTile::column */
  uint64_t columns;
  NjNames history; /* moved states of a history entry, in its order ... */
  NjNames before;  /* ... and the states whose values right before a spike follow them */
  NjNames signals; /* variables in the order of NjBlock::signal */
  NjNames past;    /* states in the order of the rows of NjBlock::past */
  const NjDelayRecord* delay;
  uint64_t delays;
  const NjDeliveryRecord* delivery;
  uint64_t deliveries;
} NjBindingRecord;
}

#endif /* NESTML_JIT_BINDING_RECORD_H */
