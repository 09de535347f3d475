/* Recorders of NEST's for which blocks record by themselves. */
#ifndef NESTML_JIT_FUSED_RECORDERS_H
#define NESTML_JIT_FUSED_RECORDERS_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connector_base.h"
#include "recording_device.h"

#include "nest/device_connections.h"
#include "nest/memory_backend.h"
#include "recorders/samples.h"

namespace nestml_jit
{

class Block;
class Shell;

/* NEST asks each neuron of a multimeter for its samples, slice by slice, and hands each spike to each recorder. Here blocks
 * write samples and spikes to the columns of the back end in memory, and NEST does not see the connections while it simulates.
 * Nodes, parameters and connections stay with NEST.
 *
 * A multimeter is taken over if all of its neurons are of ours; a neuron's spikes are if all devices that it is connected to
 * are recorders of spikes. In both cases only connections count that just pass a weight on, and recorders in memory. */
class FusedRecorders
{
public:
  /* Find out what blocks can record. Multimeters that NEST has sampled for stay with it: it may hold samples for them. */
  explicit FusedRecorders( const std::set< uint64_t >& left_to_nest );

  FusedRecorders( const FusedRecorders& ) = delete;
  FusedRecorders& operator=( const FusedRecorders& ) = delete;

  /* Whether nothing has changed since. */
  bool is_current() const;

  /* Have blocks record in a simulation of so many steps. */
  void begin_run( int64_t steps );

  /* ... and no longer. */
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

  struct Recorder
  {
    nest::RecordingDevice* device;
    EventRows* rows;
  };

  /* What there is to record of the spikes on a thread. NEST sees other rows of connections to devices while it simulates. */
  struct Thread
  {
    std::vector< Block* > blocks;
    std::vector< Recorder > recorders;
    std::map< nest::RecordingDevice*, uint32_t > numbers; /* of recorders */
    std::vector< size_t > hidden;                         /* places of neurons whose rows NEST does not see ... */
    std::vector< size_t > shown;                          /* ... and of others that have connections */
    std::vector< std::vector< nest::ConnectorBase* > > rows;
  };

  void find_multimeters();
  void read_multimeter( size_t thread, size_t device, uint64_t id );
  void settle( Multimeter& multimeter );
  bool can_sample( const Multimeter& multimeter ) const;
  void take_over( Multimeter& multimeter );
  void find_recorders( size_t thread );
  bool read_row( size_t thread, size_t place, std::vector< uint32_t >& numbers );
  uint32_t number_of( size_t thread, nest::RecordingDevice& device );
  void begin_sampling( Multimeter& multimeter, int64_t steps );
  void end_sampling( Multimeter& multimeter );
  void hide( bool wanted );

  uint64_t change_;
  std::set< uint64_t > left_to_nest_;
  std::map< uint64_t, Multimeter > multimeters_; /* by node ID */
  std::vector< Thread > threads_;
  bool has_begun_ = false; /* a simulation */
  bool is_hidden_ = false; /* what blocks do, from NEST */
};

/* Where a recorder records to, and how many events it counts: NEST shows both only together with all events. */
const std::string& record_to( const nest::RecordingDevice& device );
size_t& counted_events( nest::RecordingDevice& device );

/* Note that connections to recorders may have changed. Threads that connect say so. */
void note_recorders();

/* Have blocks record in a simulation of so many steps, and no longer. */
void begin_fused_recorders( int64_t steps );
void end_fused_recorders();

} // namespace nestml_jit

#endif /* NESTML_JIT_FUSED_RECORDERS_H */
