/* What is attached to a neuron model: a kernel, and where its columns come from. */
#ifndef NESTML_JIT_BINDING_H
#define NESTML_JIT_BINDING_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nestml_jit_abi.h"

namespace nestml_jit
{

/* Where a kernel's column comes from. */
struct BoundColumn
{
  bool internal; /* one of the binding's internals, else a column of the store */
  size_t index;
};

/* A state that follows from postsynaptic spikes and parameters alone. */
struct BoundTrace
{
  std::string name;
  std::string form;              /* states of the same form, not "", and parameters are the same */
  std::vector< size_t > meaning; /* number of each of the form's parameters among those of the replay */
  bool archived = false;         /* one that NEST's neurons keep; the parameter is the time constant */
  double initial = 0.0;          /* the model's default */
};

/* What one synapse model's delivery needs besides its functions. */
struct BoundDelivery
{
  const NjDeliveryFunctions* functions = nullptr;
  std::vector< double > scalars;
  std::vector< double > scratch;
  std::vector< std::string > columns;
  std::vector< bool > per_source;
  std::vector< std::string > moved;       /* states that the neuron keeps for the connections */
  std::vector< std::string > late_states; /* states that connections keep, and the neuron for later ones */
  std::vector< BoundTrace > traces;       /* what the kernel's `replay` computes, in its order */
  std::vector< std::string > replay;      /* its parameters */
  bool uses_history = false;
  bool flush = false;      /* reads signals of times between presynaptic spikes, ... */
  bool every_step = false; /* ... those of all steps */
  bool at_spikes = false;  /* ... those from when neurons fired */
};

/* A delay of a kernel: which variable is read, and the kernel's column that holds the delay in steps. */
struct BoundDelay
{
  std::string variable;
  size_t column;
};

/* A kernel and how its columns map to the store. */
struct Binding
{
  const NjKernel* kernel = nullptr;
  std::vector< BoundColumn > columns;
  std::vector< std::string > names; /* of the columns */
  size_t internals = 0;
  std::vector< size_t > parameters; /* store columns that the internals depend on */
  std::vector< size_t > history;    /* store columns of the moved states, in entry order */
  std::vector< size_t > before;     /* those whose values right before a spike follow them */
  std::vector< size_t > past;       /* store columns that equations read with a delay, in row order */
  std::vector< BoundDelay > delays;
  std::vector< std::string > signals;
  std::vector< size_t > port_sizes; /* how many elements of each port of the model the kernel knows */
  size_t channels = 0;              /* rows per slot of the ring */
  std::map< std::string, BoundDelivery > deliveries;
  uint64_t seed = 0;
};

/* What a synapse model's delivery needs with a binding; null if there is no binding, or it does not know the model. */
inline const BoundDelivery*
find_delivery( const Binding* const binding, const std::string& synapse )
{
  if ( not binding )
  {
    return nullptr;
  }
  const auto found = binding->deliveries.find( synapse );
  return found == binding->deliveries.end() ? nullptr : &found->second;
}

} // namespace nestml_jit

#endif /* NESTML_JIT_BINDING_H */
