/* All connections of one synapse model on one thread. */
#ifndef NESTML_JIT_CONNECTIONS_H
#define NESTML_JIT_CONNECTIONS_H

#include <functional>
#include <memory>
#include <vector>

#include "nest/connection_ends.h"
#include "nest/connection_order.h"
#include "nest/event_sender.h"
#include "nest/foreign_targets.h"
#include "nest/modulatory_input.h"
#include "neurons/block.h"
#include "past/past_reader.h"
#include "synapses/connection_data.h"
#include "synapses/delayed_variables.h"
#include "synapses/delivery.h"
#include "synapses/earlier_modulation.h"
#include "synapses/kernel_call.h"
#include "synapses/late_initial_state.h"
#include "synapses/lone_advance.h"
#include "synapses/run_view.h"
#include "synapses/self_emission.h"
#include "synapses/shown_values.h"
#include "synapses/target_states.h"
#include "synapses/third_factor_demand.h"
#include "values/texts.h"

namespace nestml_jit
{

class SynapseModel;

/* The parts, each with its own data, and what needs several of them.
 *
 *     data         what is stored of each connection; runs and segments
 *     foreign      NEST's own neurons as targets, with their mirror
 *     modulation   spikes of volume transmitters
 *     delayed      earlier values of variables
 *     ends         nodes at both ends
 *     sender       events through NEST's own path
 *     states       what targets keep for connections
 *     late         what late connections begin with
 *     order        when and how data is sorted
 *     call, view   what kernels are told, and which columns they see
 *     emission     events that connections emit by themselves
 *     delivery     presynaptic spikes
 *     advance      time passes for single connections
 *     earlier      modulatory spikes from before connections were made
 *     demand       third factors that blocks have to keep
 *     shown        what users see */
class Connections : public TextHolder
{
public:
  Connections( const SynapseModel& model, size_t thread, nest::synindex syn_id );

  /* Add a connection. `row` holds the variables; the target must have been checked. */
  void
  push_back( nest::Node& target, size_t rport, uint32_t delay_steps, const std::vector< double >& row, long label );

  /* Let runs know of all that NEST has said, and connections of all modulatory spikes. */
  void refresh();

  /* Process all that has reached the connections until the beginning of a slice, and send what that leads to. */
  void emit_until( int64_t origin );

  bool rests() const override;
  void each_text( const std::function< void( double ) >& visit ) const override;

  const SynapseModel& model;
  ConnectionData data;
  ForeignTargets foreign;
  ModulatoryInput modulation;
  DelayedVariables delayed;
  ConnectionEnds ends;
  EventSender sender;
  TargetStates states;
  LateInitialState late;
  ConnectionOrder order;
  KernelCall call;
  RunView view;
  SelfEmission emission;
  Delivery delivery;
  LoneAdvance advance;
  EarlierModulation earlier;
  ThirdFactorDemand demand;
  ShownValues shown;

private:
  class Reader;

  size_t target_of( Block* block, size_t rport );

  std::shared_ptr< Reader > reader_; /* what blocks know of this */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_CONNECTIONS_H */
