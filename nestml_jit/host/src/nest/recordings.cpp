#include "nest/recordings.h"

#include <algorithm>
#include <string>
#include <vector>

#include "kernel_manager.h"
#include "nest_names.h"
#include "recording_device.h"

#include "nest/errors.h"
#include "nest/memory_backend.h"
#include "nest/recording_devices.h"
#include "nest/threads.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

namespace
{

/* A recorder on a thread, null if the node is none. */
nest::RecordingDevice*
find_recorder( const uint64_t id, const size_t thread )
{
  const bool is_node = id > 0 and id <= nest::kernel().node_manager.size();
  nest::Node* const node = is_node ? nest::kernel().node_manager.get_node_or_proxy( id, thread ) : nullptr;
  return dynamic_cast< nest::RecordingDevice* >( node );
}

/* Whether all events of a recorder of spikes are in columns: NEST's back end may have had some before. */
bool
has_all_events( const uint64_t id, const MemoryBackend& backend )
{
  for ( size_t thread = 0; thread < number_of_threads(); ++thread )
  {
    const EventRows* const rows = backend.find_rows( id, thread );
    if ( not rows or rows->size() != counted_events( *find_recorder( id, thread ) ) )
    {
      return false;
    }
  }
  return true;
}

bool
has_events( const std::vector< size_t >& events )
{
  return std::any_of( events.begin(), events.end(), []( const size_t some ) { return some > 0; } );
}

} // namespace

RecordingKind
recording_kind( const uint64_t device )
{
  const nest::RecordingDevice* const recorder = find_recorder( device, 0 );
  if ( not recorder
    or ( recorder->get_type() != nest::RecordingDevice::MULTIMETER
      and recorder->get_type() != nest::RecordingDevice::SPIKE_RECORDER ) )
  {
    throw_kernel_exception( "The node " + std::to_string( device )
      + " has no recording: that have multimeters, voltmeters and spike recorders. Give one of these." );
  }
  if ( record_to( *recorder ) != nest::names::memory )
  {
    throw_kernel_exception( "The recorder " + std::to_string( device ) + " records to \"" + record_to( *recorder )
      + "\", where arrays cannot look. Set its `record_to` to \"memory\" before the simulation." );
  }
  const MemoryBackend* const backend = MemoryBackend::find();
  if ( not backend )
  {
    return RecordingKind::elsewhere;
  }
  if ( recorder->get_type() == nest::RecordingDevice::SPIKE_RECORDER )
  {
    return has_all_events( device, *backend ) ? RecordingKind::events : RecordingKind::elsewhere;
  }
  const bool is_whole = backend->find_samples( device ) and not has_events( backend->events( device ) );
  return is_whole ? RecordingKind::samples : RecordingKind::elsewhere;
}

const EventRows&
recorded_events( const uint64_t device, const size_t thread )
{
  const MemoryBackend* const backend = MemoryBackend::find();
  const EventRows* const rows = backend ? backend->find_rows( device, thread ) : nullptr;
  if ( not rows )
  {
    throw_kernel_exception( "The recorder " + std::to_string( device ) + " has no columns yet. Simulate first." );
  }
  return *rows;
}

const SampleStretch*
recorded_samples( const uint64_t device, const size_t number )
{
  const auto& stretches = MemoryBackend::find()->find_samples( device )->stretches();
  return number < stretches.size() ? stretches[ number ].get() : nullptr;
}

} // namespace nestml_jit
