/* Delivery of presynaptic spikes along connections. */
#ifndef NESTML_JIT_DELIVERY_H
#define NESTML_JIT_DELIVERY_H

#include <cstdint>

#include "nest/event_sender.h"
#include "nest/foreign_delivery.h"
#include "nest/foreign_targets.h"
#include "nest/modulatory_input.h"
#include "synapses/connection_data.h"
#include "synapses/emission_log.h"
#include "synapses/kernel_call.h"
#include "synapses/run_view.h"
#include "synapses/self_emission.h"

namespace nestml_jit
{

/* A presynaptic spike, which NEST sends to one of its source's connections on a thread. */
struct SourceSpike
{
  nest::Event& event;
  int64_t step;        /* at which the neuron spiked */
  int64_t origin;      /* the beginning of the slice in which it is delivered */
  size_t multiplicity; /* how many spikes that is */
};

class Delivery
{
public:
  Delivery( ConnectionData& data,
    KernelCall& call,
    RunView& view,
    SelfEmission& emission,
    ModulatoryInput& modulation,
    ForeignTargets& foreign,
    EventSender& sender );

  /* Ask the processor for the first of a source's connections, while the rest is looked up. */
  void prefetch( size_t lcid ) const;

  /* Deliver a spike to all connections of the source whose first run is `first_run`; returns their number. */
  size_t send( size_t first_run, const SourceSpike& spike );

private:
  void deliver( Run& run, const SourceSpike& spike );
  void deliver_to_block( Run& run, Target& target, const SourceSpike& spike );
  void deliver_parts( Run& run, Target& target );
  void finish_segment( const Run& run, int64_t step );

  ConnectionData& data_;
  KernelCall& call_;
  RunView& view_;
  SelfEmission& emission_;
  ModulatoryInput& modulation_;
  ForeignTargets& foreign_;
  EventSender& sender_;
  EmissionLog log_;
  ForeignDelivery foreign_delivery_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_DELIVERY_H */
