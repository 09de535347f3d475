/* Recorders of spikes of NEST's to which blocks write. */
#ifndef NESTML_JIT_FUSED_SPIKE_RECORDERS_H
#define NESTML_JIT_FUSED_SPIKE_RECORDERS_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "connector_base.h"
#include "recording_device.h"

#include "nest/memory_backend.h"

namespace nestml_jit
{

class Block;

/* NEST hands each spike to each recorder. Blocks record a neuron's spikes if all devices that it is connected to are recorders of
 * spikes in memory, and if the connections just pass a weight on. */
class FusedSpikeRecorders
{
public:
  /* Find out which spikes blocks can record. */
  FusedSpikeRecorders();

  FusedSpikeRecorders( const FusedSpikeRecorders& ) = delete;
  FusedSpikeRecorders& operator=( const FusedSpikeRecorders& ) = delete;

  /* Whether there are as many threads as there were, and recorders are still in memory. */
  bool are_current() const;

  /* Have blocks record. */
  void begin_run();

  /* Show NEST other rows of connections to devices, those of neurons whose spikes go elsewhere, or its own again. */
  void swap_rows();

  /* Let NEST know of spikes. */
  void end_run();

private:
  struct Recorder
  {
    nest::RecordingDevice* device;
    EventRows* rows;
  };

  /* What there is to record of the spikes on a thread. */
  struct Thread
  {
    std::vector< Block* > blocks;
    std::vector< Recorder > recorders;
    std::map< nest::RecordingDevice*, uint32_t > numbers; /* of recorders */
    std::vector< size_t > hidden;                         /* places of neurons whose rows NEST does not see ... */
    std::vector< size_t > shown;                          /* ... and of others that have connections */
    std::vector< std::vector< nest::ConnectorBase* > > rows;
  };

  void find( size_t thread );
  bool read_row( size_t thread, size_t place, std::vector< uint32_t >& numbers );
  uint32_t number_of( size_t thread, nest::RecordingDevice& device );

  std::vector< Thread > threads_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_FUSED_SPIKE_RECORDERS_H */
