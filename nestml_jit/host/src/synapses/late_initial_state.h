/* What connections that are made late begin with: postsynaptic spikes have driven it all the time. */
#ifndef NESTML_JIT_LATE_INITIAL_STATE_H
#define NESTML_JIT_LATE_INITIAL_STATE_H

#include <cstdint>
#include <vector>

#include "nest/foreign_targets.h"
#include "neurons/binding.h"
#include "synapses/connection_data.h"
#include "synapses/target_states.h"

namespace nestml_jit
{

class NeuronType;
class SynapseModel;

/* Gives new connections the states that depend on the target's spikes only, as if they had been there from the beginning.
 *
 * Example: a connection is made at 100 ms, with an STDP rule that has a postsynaptic trace. The trace begins with the
 * value that the target's spikes before 100 ms have led to, not with 0. A state that was set for the connection stays. */
class LateInitialState
{
public:
  LateInitialState( const SynapseModel& model, ConnectionData& data, TargetStates& states, ForeignTargets& foreign );

  /* Start connections that are not in place yet, as long as the kernels that know what their targets have kept are there. */
  void start_new();

  /* Start all connections onto neurons of a type, or (null) onto NEST's own, to which this synapse model is new. */
  void start_all( const NeuronType* type );

private:
  /* How connections of a target get what they begin with. */
  struct Recipe
  {
    const BoundDelivery* bound = nullptr;
    std::vector< size_t > traces;     /* the table's column of each state that can be computed */
    std::vector< size_t > lone;       /* numbers of those that the target keeps in no form */
    std::vector< size_t > shared;     /* the table's column of each that both the target and connections keep */
    std::vector< size_t > parameters; /* the table's column of each parameter of the former */
    std::vector< std::pair< size_t, size_t > > common; /* the table's column and the target's of parameters of both */
  };

  const BoundDelivery* find( const Target& target ) const;
  Recipe recipe( const Target& target ) const;
  template < typename Wanted >
  void start( size_t first, Wanted wanted );
  void start_connection( size_t lcid, const Recipe& recipe );
  bool leaves_all( const Target& target, const Recipe& recipe ) const;
  bool agrees( size_t lcid, const Recipe& recipe ) const;
  void give( size_t lcid, const std::vector< size_t >& columns, const std::vector< double >& values );
  std::vector< double > replayed( size_t lcid, const Recipe& recipe );
  double archived( double computed,
    const BoundTrace& trace,
    const std::vector< double >& parameters,
    uint32_t lane,
    int64_t step ) const;

  const SynapseModel& model_;
  ConnectionData& data_;
  TargetStates& states_;
  ForeignTargets& foreign_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_LATE_INITIAL_STATE_H */
