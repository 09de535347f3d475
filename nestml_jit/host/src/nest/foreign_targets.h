/* NEST's own neurons as targets of a synapse model's connections on one thread. */
#ifndef NESTML_JIT_FOREIGN_TARGETS_H
#define NESTML_JIT_FOREIGN_TARGETS_H

#include <cstdint>
#include <memory>
#include <vector>

#include "nest/followed_signals.h"
#include "nest/mirror.h"
#include "synapses/connection_data.h"

namespace nestml_jit
{

class SynapseModel;

/* The nodes by number, their lane. If the synapse has dynamics, a mirror has what kernels read of the neurons: the past
 * of their spikes, and the third factors that they record. */
class ForeignTargets
{
public:
  ForeignTargets( const SynapseModel& model, const ConnectionData& data, size_t thread );

  /* The lane of a node; one that is new is watched from now on if that is needed. */
  uint32_t lane_of( nest::Node& node );

  nest::Node&
  node( const uint32_t lane ) const
  {
    return *nodes_[ lane ];
  }

  /* The mirror; null as long as there are no neurons, or if the synapse has no dynamics. */
  Mirror*
  mirror() const
  {
    return mirror_.get();
  }

  /* Make the mirror ready for the kernel, and for all neurons that there are. */
  void prepare();

  /* The same if neurons were added since. */
  void fit();

  /* Know the third factors up to the beginning of the slice. */
  void fetch_signals();

  /* Copy the spikes of a neuron up to a step. */
  void read( uint32_t lane, int64_t until );

  /* The same of all targets of a run, if the synapse depends on them. */
  void read( const Run& run, int64_t until );

  /* Copy all spikes from time to time, so that NEST may forget them. */
  void
  sweep( const int64_t origin )
  {
    if ( mirror_ )
    {
      sweep_mirror( origin );
    }
  }

private:
  void sweep_mirror( int64_t origin );
  void follow( nest::Node& node );

  const SynapseModel& model_;
  const ConnectionData& data_;
  size_t thread_;
  std::vector< nest::Node* > nodes_; /* [lane] */
  Mirror::Lanes lanes_;
  std::unique_ptr< Mirror > mirror_;
  std::unique_ptr< FollowedSignals > signals_; /* if the synapse reads variables of its targets */
  int64_t swept_ = 0;                          /* step of the last sweep */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_FOREIGN_TARGETS_H */
