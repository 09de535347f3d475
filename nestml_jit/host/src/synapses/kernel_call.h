/* What kernels are told when they handle connections. */
#ifndef NESTML_JIT_KERNEL_CALL_H
#define NESTML_JIT_KERNEL_CALL_H

#include <cstdint>

#include "nest/connection_ends.h"
#include "nest/foreign_targets.h"
#include "nest/modulatory_input.h"
#include "synapses/connection_data.h"
#include "synapses/delayed_variables.h"

namespace nestml_jit
{

class SynapseModel;

/* Looks up the kernel of a run's target, once per simulation, and fills its NjDelivery. */
class KernelCall
{
public:
  KernelCall( const SynapseModel& model,
    ConnectionData& data,
    DelayedVariables& delayed,
    const ModulatoryInput& modulation,
    ForeignTargets& foreign,
    ConnectionEnds& ends );

  /* The target of a run, ready for a presynaptic spike. */
  Target& for_spike( const Run& run, int64_t t_spike, int64_t origin, size_t multiplicity );

  /* The target of a run, ready for letting time pass up to a step for a connection, without sending anything. */
  Target& for_time( const Run& run, size_t lcid, int64_t until );

  /* Say if there is a kernel for a connection, and time has passed that it may have left out. */
  bool can_pass_time( size_t lcid ) const;

private:
  Target& bound( const Run& run );
  const BoundDelivery& find( const Target& target ) const;
  void bind( Target& target );
  void tell( Target& target, const Run& run, int64_t t_spike, int64_t origin, size_t multiplicity );

  const SynapseModel& model_;
  ConnectionData& data_;
  DelayedVariables& delayed_;
  const ModulatoryInput& modulation_;
  ForeignTargets& foreign_;
  ConnectionEnds& ends_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_KERNEL_CALL_H */
