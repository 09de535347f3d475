/* Multimeters of NEST's for which blocks sample. */
#ifndef NESTML_JIT_FUSED_MULTIMETERS_H
#define NESTML_JIT_FUSED_MULTIMETERS_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "connector_base.h"
#include "recording_device.h"

#include "nest/device_connections.h"
#include "recorders/samples.h"

namespace nestml_jit
{

class Block;

/* NEST asks each neuron of a multimeter for its samples, slice by slice. Blocks sample for a multimeter in memory if all of its
 * neurons are of ours, and if its connections just pass a weight on. */
class FusedMultimeters
{
public:
  /* Find out for which ones blocks can sample. Those that NEST has sampled for stay with it: it may hold samples for them. */
  explicit FusedMultimeters( const std::set< uint64_t >& left_to_nest );

  FusedMultimeters( const FusedMultimeters& ) = delete;
  FusedMultimeters& operator=( const FusedMultimeters& ) = delete;

  /* Whether connections, and where multimeters record to, are as they were. */
  bool are_current() const;

  /* Make rows for the samples of a simulation of so many steps. */
  void begin_run( int64_t steps );

  /* Take away from NEST what blocks do while it simulates, or give it back. */
  void hide( bool wanted );

  /* Let NEST know of samples. */
  void end_run();

  /* Multimeters that NEST has sampled for. */
  const std::set< uint64_t >&
  left_to_nest() const
  {
    return left_to_nest_;
  }

private:
  /* A connector of a multimeter. */
  struct Place
  {
    size_t thread;
    size_t device; /* among NEST's sending ones */
    size_t synapse_model;
    nest::ConnectorBase* connector;
    size_t size;
  };

  struct Multimeter
  {
    uint64_t id;
    std::vector< nest::RecordingDevice* > siblings;     /* [thread] */
    std::vector< std::pair< size_t, size_t > > devices; /* threads, and numbers among NEST's sending devices */
    std::vector< Place > places;
    std::vector< std::vector< DeviceConnection > > connections; /* [thread] in NEST's order */
    bool has_others = false;                                    /* some connections go elsewhere */
    bool is_in_memory = false;
    bool is_ours = false; /* blocks sample for it */
    int64_t interval = 1; /* steps */
    Samples* samples = nullptr;
    std::shared_ptr< const SampledNeurons > neurons;
    std::map< Block*, std::vector< size_t > > columns; /* of each block's neurons */
  };

  void read( size_t thread, size_t device, uint64_t id );
  void settle( Multimeter& multimeter );
  bool can_sample( const Multimeter& multimeter ) const;
  void take_over( Multimeter& multimeter );
  void begin_sampling( Multimeter& multimeter, int64_t steps );
  void end_sampling( Multimeter& multimeter );

  std::set< uint64_t > left_to_nest_;
  std::map< uint64_t, Multimeter > multimeters_; /* by node ID */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_FUSED_MULTIMETERS_H */
