/* States that targets keep for their connections. */
#ifndef NESTML_JIT_TARGET_STATES_H
#define NESTML_JIT_TARGET_STATES_H

#include <cstdint>
#include <string>
#include <vector>

#include "neurons/binding.h"
#include "past/recollection.h"
#include "synapses/connection_data.h"

namespace nestml_jit
{

class NeuronType;

/* A state that postsynaptic spikes alone drive is kept once per neuron (moved), where its parameters allow that, instead
 * of once per connection. A connection's own value, with its dendritic delay, is looked up in the neuron's past. */
class TargetStates
{
public:
  /* `model` is the synapse model's name. */
  TargetStates( const std::string& model, ConnectionData& data );

  /* The delivery to a target's block; null if none is attached, or the block is not fitted to it yet. */
  const BoundDelivery* attached( const Target& target ) const;

  /* What the target keeps for a connection, moved states and those for later connections, as it was when the connection
   * was last up to date, or at a later step. */
  std::vector< double > at( const BoundDelivery& bound, size_t lcid, int64_t step );

  /* Put the moved states of a connection into a row of its variables, as `at` has them, unless they were set for the
   * connection. False if the target keeps none. */
  bool show( size_t lcid, std::vector< double >& row, int64_t step );

  /* Whether targets keep a variable for connections: what they show is not what is stored. */
  bool keeps( size_t column ) const;

  /* Fill columns that the neurons of a type have kept, before another kernel keeps them per connection. */
  void take_back( const NeuronType& type, const std::vector< std::string >& columns );

private:
  std::vector< size_t > kept_by( const NeuronType& type, const std::vector< std::string >& columns ) const;

  std::string model_;
  ConnectionData& data_;
  Recollection recollection_; /* pasts that are not at hand */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_TARGET_STATES_H */
