/* Events that connections emit by themselves: for a postsynaptic or modulatory spike, in `update`, on a condition. */
#ifndef NESTML_JIT_SELF_EMISSION_H
#define NESTML_JIT_SELF_EMISSION_H

#include <cstdint>

#include "nest/event_sender.h"
#include "nest/foreign_targets.h"
#include "nestml_jit_abi.h"
#include "synapses/connection_data.h"
#include "synapses/kernel_call.h"
#include "synapses/run_view.h"

namespace nestml_jit
{

/* Sends what kernels emit while time passes for connections; of models that emit at no other times than those of
 * presynaptic spikes, nothing. */
class SelfEmission
{
public:
  SelfEmission( ConnectionData& data, KernelCall& call, RunView& view, ForeignTargets& foreign, EventSender& sender );

  /* Let a delivery to a target emit; the kernel's connection number 0 is `first`. */
  void
  listen( Target& target, const size_t first )
  {
    if ( emits() )
    {
      target_ = &target;
      first_ = first;
      target.delivery().emit = &SelfEmission::emit;
      target.delivery().emitter = this;
    }
  }

  /* Say if the model emits by itself. */
  bool
  emits() const
  {
    return data_.table.description().emits_apart;
  }

  /* Process all that has reached the connections until the beginning of a slice, and send what that leads to. All
   * presynaptic spikes up to then are delivered, and the events arrive in this slice at the earliest, just like theirs. */
  void advance_all( int64_t origin );

private:
  void advance( Run& run, int64_t origin );
  static void emit( void* self, uint32_t number, int64_t step, double weight );
  void emit( size_t lcid, int64_t step, double weight );
  void add_to_ring( size_t lcid, int64_t step, int64_t origin, double weight );

  ConnectionData& data_;
  KernelCall& call_;
  RunView& view_;
  ForeignTargets& foreign_;
  EventSender& sender_;
  Target* target_ = nullptr; /* of the delivery that is going on */
  size_t first_ = 0;         /* connection that the kernel calls number 0 */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SELF_EMISSION_H */
