/* Spikes of volume transmitters, as a synapse model's connections on one thread see them. */
#ifndef NESTML_JIT_MODULATORY_INPUT_H
#define NESTML_JIT_MODULATORY_INPUT_H

#include <cstdint>
#include <vector>

#include "nest/modulatory_spikes.h"
#include "nestml_jit_abi.h"
#include "synapses/run_index.h"

namespace nestml_jit
{

class SynapseModel;

/* The spikes of all modulatory ports that connections may still ask for, and how far these are told. */
class ModulatoryInput
{
public:
  explicit ModulatoryInput( const SynapseModel& model );

  /* Take the spikes that came since the last time. */
  void
  take()
  {
    if ( not ports_.empty() )
    {
      take_all();
    }
  }

  /* The step after which a connection that is made now has heard of no spike, though a volume transmitter is yet to
   * deliver some that it has had since; INT64_MAX if it has had none. See EarlierModulation. */
  int64_t unheard( int64_t now ) const;

  /* A volume transmitter is about to forget its spikes, of times up to `told`, and wants them to have had their effect.
   * They have when a user looks. `index` tells which spikes all connections have made use of. */
  void deliver( const RunIndex& index, int64_t told );

  /* [modulatory port] as kernels see them. */
  const std::vector< NjModulation >&
  views() const
  {
    return views_;
  }

  /* What users see must be no older than this step. */
  int64_t
  due() const
  {
    return due_;
  }

  /* Spikes up to this step are known. */
  int64_t
  told() const
  {
    return told_;
  }

  /* Say if a volume transmitter has delivered anything. */
  bool
  is_told() const
  {
    return told_ != INT64_MIN;
  }

private:
  void take_all();
  bool is_long() const;
  void forget( int64_t used );

  const SynapseModel& model_;
  std::vector< ModulatorySpikes > ports_;
  std::vector< NjModulation > views_;
  size_t kept_ = 0; /* how many were left when some were forgotten the last time */
  int64_t due_ = INT64_MIN;
  int64_t told_ = INT64_MIN;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_MODULATORY_INPUT_H */
