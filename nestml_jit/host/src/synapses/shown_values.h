/* What connections show between presynaptic spikes. */
#ifndef NESTML_JIT_SHOWN_VALUES_H
#define NESTML_JIT_SHOWN_VALUES_H

#include <cstdint>
#include <vector>

#include "host_state.h"
#include "nest/foreign_targets.h"
#include "nest/modulatory_input.h"
#include "synapses/connection_data.h"
#include "synapses/lone_advance.h"
#include "synapses/target_states.h"
#include "synapses/third_factor_demand.h"

namespace nestml_jit
{

/* Rows of a connection's variables, for users. Looking at a connection leaves it as it is.
 *
 * A connection keeps its variables as of the last presynaptic spike: it is brought up to date when the next one comes.
 * NEST's own connections show just that, and modulated ones their state as of the last delivery of a volume transmitter;
 * so do these, unless `HostState::showing_now`. */
class ShownValues
{
public:
  ShownValues( ConnectionData& data,
    LoneAdvance& advance,
    TargetStates& states,
    const ThirdFactorDemand& demand,
    ModulatoryInput& modulation,
    ForeignTargets& foreign );

  /* Put what a connection keeps into a row. Returns the step of which that is, if it is later than the last spike. */
  int64_t settle( size_t lcid, std::vector< double >& row );

  /* Put what a connection shows into a row. Raises KernelException if its time cannot pass. */
  void show( size_t lcid, std::vector< double >& row );

  /* The same for the present: as if all spikes that have reached the synapse had been processed. */
  void show_now( size_t lcid, std::vector< double >& row );

  /* Whether all connections show a variable as it is stored. */
  bool is_stored( size_t column ) const;

  /* Bring a connection to the state that it shows, since a user is about to change that: what has acted so far does not
   * act on what is set. */
  void catch_up( size_t lcid );

  /* Give a connection another delay. */
  void set_delay( size_t lcid, uint32_t steps );

private:
  bool lags( size_t lcid ) const;
  bool reads_signals( size_t lcid ) const;
  void finish( size_t lcid, std::vector< double >& row, int64_t step );
  void raise_failure( size_t lcid );

  ConnectionData& data_;
  LoneAdvance& advance_;
  TargetStates& states_;
  const ThirdFactorDemand& demand_;
  ModulatoryInput& modulation_;
  ForeignTargets& foreign_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SHOWN_VALUES_H */
