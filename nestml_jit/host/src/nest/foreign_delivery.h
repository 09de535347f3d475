/* Delivery of presynaptic spikes to NEST's own neurons, by synapses with dynamics. */
#ifndef NESTML_JIT_FOREIGN_DELIVERY_H
#define NESTML_JIT_FOREIGN_DELIVERY_H

#include <cstdint>
#include <vector>

#include "nest/event_sender.h"
#include "nest/foreign_targets.h"
#include "synapses/connection_data.h"
#include "synapses/emission_log.h"
#include "synapses/run_view.h"
#include "synapses/self_emission.h"

namespace nest
{
class SpikeEvent;
}

namespace nestml_jit
{

struct SourceSpike;

/* What a kernel emits lands in the mirror's ring, which has one slot: from there it is sent as events of NEST. */
class ForeignDelivery
{
public:
  ForeignDelivery( ConnectionData& data,
    RunView& view,
    SelfEmission& emission,
    ForeignTargets& foreign,
    EventSender& sender );

  void deliver( Run& run, Target& target, const SourceSpike& spike );

private:
  void aim( NjDelivery& delivery );
  void send_notes( size_t first, size_t size, nest::SpikeEvent& e );
  void send_caught( size_t first, size_t size, nest::SpikeEvent& e );

  ConnectionData& data_;
  RunView& view_;
  SelfEmission& emission_;
  ForeignTargets& foreign_;
  EventSender& sender_;
  EmissionLog log_;
  std::vector< uint64_t > no_offset_; /* [delay index] zeros */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_FOREIGN_DELIVERY_H */
