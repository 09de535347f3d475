#include "nest/memory_backend.h"

#include <algorithm>

#include "event.h"
#include "kernel_manager.h"
#include "nest_names.h"

#include "nest/private_member.h"
#include "nest/shown_events.h"
#include "nest/threads.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

struct RecordingBackends
{
  using type = std::map< std::string, nest::RecordingBackend* > nest::IOManager::*;
  friend type reveal( RecordingBackends );
};

template struct Reveal< RecordingBackends, &nest::IOManager::recording_backends_ >;

namespace
{

nest::RecordingBackend*&
memory_backend()
{
  return ( nest::kernel().io_manager.*reveal( RecordingBackends() ) ).at( nest::names::memory );
}

} // namespace

MemoryBackend*
MemoryBackend::find()
{
  return dynamic_cast< MemoryBackend* >( memory_backend() );
}

MemoryBackend&
MemoryBackend::install()
{
  if ( not find() )
  {
    memory_backend() = new MemoryBackend( memory_backend() );
  }
  return *find();
}

MemoryBackend::MemoryBackend( nest::RecordingBackend* const nests )
  : nests_( nests )
  , rows_( number_of_threads() )
{
}

MemoryBackend::~MemoryBackend() throw() = default;

/* Whether a device keeps steps is known to NEST's back end. */
EventRows&
MemoryBackend::rows( const nest::RecordingDevice& device )
{
  auto& rows = rows_[ device.get_thread() ];
  const uint64_t id = device.get_node_id();
  const auto found = rows.find( id );
  if ( found != rows.end() )
  {
    return found->second;
  }
  Dictionary status;
  nests_->get_device_status( device, status );
  bool in_steps = false;
  status.update_value( nest::names::time_in_steps, in_steps );
  return rows.emplace( id, EventRows( in_steps ) ).first->second;
}

const EventRows*
MemoryBackend::find_rows( const uint64_t device, const size_t thread ) const
{
  const auto found = rows_.at( thread ).find( device );
  return found == rows_[ thread ].end() ? nullptr : &found->second;
}

const Samples*
MemoryBackend::find_samples( const uint64_t device ) const
{
  const auto found = samples_.find( device );
  return found == samples_.end() ? nullptr : &found->second;
}

std::vector< size_t >
MemoryBackend::events( const uint64_t device ) const
{
  std::vector< size_t > found;
  for ( size_t thread = 0; thread < rows_.size(); ++thread )
  {
    const EventRows* const rows = find_rows( device, thread );
    found.push_back( rows ? rows->size() : 0 );
  }
  return found;
}

// --- what NEST asks of a back end ------------------------------------------------------------------------

void
MemoryBackend::initialize()
{
  rows_ = std::vector< std::map< uint64_t, EventRows > >( number_of_threads() );
  samples_.clear();
  nests_->initialize();
}

void
MemoryBackend::finalize()
{
  nests_->finalize();
}

void
MemoryBackend::enroll( const nest::RecordingDevice& device, const Dictionary& params )
{
  nests_->enroll( device, params );
  auto& rows = rows_[ device.get_thread() ];
  const auto found = rows.find( device.get_node_id() );
  bool in_steps = false;
  if ( found != rows.end() and params.update_value( nest::names::time_in_steps, in_steps ) )
  {
    found->second.keep_steps( in_steps );
  }
  long events = 1;
  if ( params.update_value( nest::names::n_events, events ) and events == 0 )
  {
    clear( device, shown_until() );
  }
}

void
MemoryBackend::disenroll( const nest::RecordingDevice& device )
{
  nests_->disenroll( device );
  clear( device, INT64_MAX );
}

/* Forget what a device has recorded. NEST sets the devices of all threads one after the other. */
void
MemoryBackend::clear( const nest::RecordingDevice& device, const int64_t until )
{
  auto& rows = rows_[ device.get_thread() ];
  const auto found = rows.find( device.get_node_id() );
  if ( found != rows.end() )
  {
    found->second.clear();
  }
  const auto samples = samples_.find( device.get_node_id() );
  if ( samples != samples_.end() )
  {
    samples->second.clear( until );
  }
}

void
MemoryBackend::set_value_names( const nest::RecordingDevice& device,
  const std::vector< std::string >& double_value_names,
  const std::vector< std::string >& long_value_names )
{
  nests_->set_value_names( device, double_value_names, long_value_names );
  rows( device ).name_values( double_value_names );
}

void
MemoryBackend::prepare()
{
  nests_->prepare();
}

void
MemoryBackend::cleanup()
{
  nests_->cleanup();
}

void
MemoryBackend::pre_run_hook()
{
  nests_->pre_run_hook();
}

void
MemoryBackend::post_run_hook()
{
  nests_->post_run_hook();
}

void
MemoryBackend::post_step_hook()
{
  nests_->post_step_hook();
}

/* Only recorders of weights write whole numbers: these stay with NEST. */
void
MemoryBackend::write( const nest::RecordingDevice& device,
  const nest::Event& event,
  const std::vector< double >& double_values,
  const std::vector< long >& long_values )
{
  if ( not long_values.empty() )
  {
    nests_->write( device, event, double_values, long_values );
    return;
  }
  const auto& simulation = nest::kernel().simulation_manager;
  const nest::Time& stamp = event.get_stamp();
  const EventTime time { stamp.get_steps(), event.get_offset(), stamp.get_ms() - event.get_offset() };
  rows( device ).write( slice_origin() + simulation.get_from_step(),
    static_cast< int64_t >( event.get_sender_node_id() ),
    time,
    double_values );
}

void
MemoryBackend::set_status( const Dictionary& params )
{
  nests_->set_status( params );
}

void
MemoryBackend::get_status( Dictionary& params ) const
{
  nests_->get_status( params );
}

void
MemoryBackend::check_device_status( const Dictionary& params ) const
{
  nests_->check_device_status( params );
}

void
MemoryBackend::get_device_defaults( Dictionary& params ) const
{
  nests_->get_device_defaults( params );
}

void
MemoryBackend::get_device_status( const nest::RecordingDevice& device, Dictionary& params ) const
{
  nests_->get_device_status( device, params );
  if ( params.known( nest::names::events ) )
  {
    Dictionary events = params.get< Dictionary >( nest::names::events );
    ShownEvents shown( events, device.get_thread(), params.get< bool >( nest::names::time_in_steps ) );
    shown.add( find_rows( device.get_node_id(), device.get_thread() ), find_samples( device.get_node_id() ) );
  }
}

} // namespace nestml_jit
