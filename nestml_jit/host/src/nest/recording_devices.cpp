#include "nest/recording_devices.h"

#include <algorithm>

#include "connector_model.h"
#include "kernel_manager.h"
#include "nest_names.h"

#include "nest/fused_generators.h"
#include "nest/private_member.h"

namespace nestml_jit
{

template < auto member >
struct RevealRecordTo
{
  friend const std::string&
  record_to( const nest::RecordingDevice& device )
  {
    return ( device.*member ).record_to_;
  }
};

template < auto member >
struct RevealEvents
{
  friend size_t&
  counted_events( nest::RecordingDevice& device )
  {
    return ( device.*member ).n_events_;
  }
};

template struct RevealRecordTo< &nest::RecordingDevice::P_ >;
template struct RevealEvents< &nest::RecordingDevice::S_ >;

bool
are_in_memory( const std::vector< nest::RecordingDevice* >& devices )
{
  return std::all_of( devices.begin(),
    devices.end(),
    []( const nest::RecordingDevice* const device ) { return record_to( *device ) == nest::names::memory; } );
}

std::pair< int64_t, int64_t >
active_steps( const nest::RecordingDevice& device )
{
  return { ( device.get_origin() + device.get_start() ).get_steps(),
    ( device.get_origin() + device.get_stop() ).get_steps() };
}

bool
just_passes_on( const size_t thread, const size_t synapse_model )
{
  nest::ConnectorModel& model = *nest::kernel().model_manager.get_connection_models( thread )[ synapse_model ];
  return passes_on( model ) and not model.get_common_properties().get_weight_recorder();
}

} // namespace nestml_jit
