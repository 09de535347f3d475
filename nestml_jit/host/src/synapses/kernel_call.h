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
  Target&
  for_spike( const Run& run, const int64_t t_spike, const int64_t origin, const size_t multiplicity )
  {
    Target& target = bound( run );
    tell( target, run, t_spike, origin, multiplicity );
    return target;
  }

  /* The target of a run, ready for letting time pass up to a step for a connection, without sending anything. */
  Target& for_time( const Run& run, size_t lcid, int64_t until );

  /* Say if there is a kernel for a connection, and time has passed that it may have left out. */
  bool can_pass_time( size_t lcid ) const;

private:
  /* The target of a run, with its kernel. */
  Target&
  bound( const Run& run )
  {
    Target& target = data_.targets[ run.kind ];
    if ( not target.is_bound( data_.table.revision() ) )
    {
      bind( target );
    }
    return target;
  }

  void
  tell( Target& target, const Run& run, const int64_t t_spike, const int64_t origin, const size_t multiplicity )
  {
    NjDelivery& delivery = target.delivery();
    delivery.delay_steps = data_.delays.all().data();
    delivery.t_spike = t_spike;
    delivery.multiplicity = static_cast< uint32_t >( multiplicity );
    delivery.source_id = ends_.source_id( run );
    delivery.signal_last = target.block() ? target.block()->factors().last( origin ) : origin;
  }

  const Binding* binding_of( const Target& target ) const;
  const BoundDelivery& find( const Target& target ) const;
  void bind( Target& target );

  const SynapseModel& model_;
  ConnectionData& data_;
  DelayedVariables& delayed_;
  const ModulatoryInput& modulation_;
  ForeignTargets& foreign_;
  ConnectionEnds& ends_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_KERNEL_CALL_H */
