#include "nest/fused_multimeters.h"

#include <algorithm>
#include <new>
#include <string>
#include <typeinfo>

#include "kernel_manager.h"
#include "multimeter.h"

#include "nest/data_logging.h"
#include "nest/device_rows.h"
#include "nest/errors.h"
#include "nest/memory_backend.h"
#include "nest/reached.h"
#include "nest/recording_devices.h"
#include "nest/shell.h"
#include "nest/threads.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

namespace
{

/* The logger of a neuron for a multimeter. */
DataLogging*
logger_of( const DeviceConnection& connection, const uint64_t device )
{
  return connection.target->block()->slice().recorded().find( connection.target->lane(), device );
}

/* How many connectors there are. */
size_t
count_connectors( const std::vector< nest::ConnectorBase* >& connectors )
{
  return connectors.size() - static_cast< size_t >( std::count( connectors.begin(), connectors.end(), nullptr ) );
}

} // namespace

// --- what there is to sample -----------------------------------------------------------------------------

FusedMultimeters::FusedMultimeters( const std::set< uint64_t >& left_to_nest )
  : left_to_nest_( left_to_nest )
{
  for ( size_t thread = 0; thread < number_of_threads(); ++thread )
  {
    const std::vector< size_t >& ids = sending_devices( thread );
    for ( size_t device = 0; device < ids.size(); ++device )
    {
      nest::Node* const node =
        ids[ device ] > 0 ? nest::kernel().node_manager.get_node_or_proxy( ids[ device ], thread ) : nullptr;
      if ( node and ( typeid( *node ) == typeid( nest::multimeter ) or typeid( *node ) == typeid( nest::voltmeter ) ) )
      {
        read( thread, device, ids[ device ] );
      }
    }
  }
  for ( auto& [ id, multimeter ] : multimeters_ )
  {
    settle( multimeter );
  }
  for ( size_t thread = 0; thread < number_of_threads(); ++thread )
  {
    for_each_block( thread, []( Block& block ) { block.slice().recorded().clear_samplers(); } );
  }
  for ( auto& [ id, multimeter ] : multimeters_ )
  {
    if ( multimeter.is_ours )
    {
      take_over( multimeter );
    }
  }
  for ( size_t thread = 0; thread < number_of_threads(); ++thread )
  {
    for_each_block( thread, []( Block& block ) { block.slice().recorded().find_rhythms(); } );
  }
}

bool
FusedMultimeters::are_current() const
{
  return std::all_of( multimeters_.begin(),
    multimeters_.end(),
    []( const auto& entry )
    {
      const Multimeter& multimeter = entry.second;
      size_t connectors = 0;
      for ( const auto& [ thread, device ] : multimeter.devices )
      {
        connectors += count_connectors( connectors_from_device( thread, device ) );
      }
      return connectors == multimeter.places.size()
        and std::all_of( multimeter.places.begin(),
          multimeter.places.end(),
          []( const Place& place ) { return place.connector->size() == place.size; } )
        and multimeter.is_in_memory == are_in_memory( multimeter.siblings );
    } );
}

/* Read the connections that a multimeter has on a thread. */
void
FusedMultimeters::read( const size_t thread, const size_t device, const uint64_t id )
{
  Multimeter& multimeter = multimeters_[ id ];
  if ( multimeter.siblings.empty() )
  {
    multimeter.id = id;
    multimeter.connections.resize( number_of_threads() );
    for ( nest::Node* const node : nest::kernel().node_manager.get_thread_siblings( id ) )
    {
      multimeter.siblings.push_back( static_cast< nest::multimeter* >( node ) );
    }
  }
  const auto& models = nest::kernel().model_manager.get_connection_models( thread );
  auto& connectors = connectors_from_device( thread, device );
  multimeter.devices.emplace_back( thread, device );
  for ( size_t model = 0; model < connectors.size(); ++model )
  {
    nest::ConnectorBase* const connector = connectors[ model ];
    if ( not connector )
    {
      continue;
    }
    multimeter.places.push_back( { thread, device, model, connector, connector->size() } );
    if ( not just_passes_on( thread, model ) )
    {
      multimeter.has_others = true;
      continue;
    }
    const DeviceConnections connections( *connector, thread, models );
    auto& ours = multimeter.connections[ thread ];
    ours.insert( ours.end(), connections.ours().begin(), connections.ours().end() );
    multimeter.has_others = multimeter.has_others or not connections.others().empty();
  }
}

/* Whether blocks can sample for a multimeter. NEST's loggers begin in another way if there is an offset. */
bool
FusedMultimeters::can_sample( const Multimeter& multimeter ) const
{
  const auto can_be_sampled = [ & ]( const DeviceConnection& connection )
  {
    const DataLogging* const logger = logger_of( connection, multimeter.id );
    return logger and logger->request()->offset == 0 and not logger->request()->names.empty();
  };
  return multimeter.is_in_memory and not multimeter.has_others and not left_to_nest_.count( multimeter.id )
    and std::all_of( multimeter.connections.begin(),
      multimeter.connections.end(),
      [ & ]( const std::vector< DeviceConnection >& some )
      { return std::all_of( some.begin(), some.end(), can_be_sampled ); } );
}

/* Decide who samples for a multimeter, and let loggers know. */
void
FusedMultimeters::settle( Multimeter& multimeter )
{
  multimeter.is_in_memory = are_in_memory( multimeter.siblings );
  multimeter.is_ours = can_sample( multimeter );
  bool has_neurons = false;
  for ( const auto& connections : multimeter.connections )
  {
    for ( const DeviceConnection& connection : connections )
    {
      has_neurons = true;
      if ( DataLogging* const logger = logger_of( connection, multimeter.id ) )
      {
        logger->leave_to_block( multimeter.is_ours );
      }
    }
  }
  if ( not multimeter.is_ours and has_neurons )
  {
    left_to_nest_.insert( multimeter.id );
  }
}

/* Give a multimeter's neurons columns, and their tiles samplers. */
void
FusedMultimeters::take_over( Multimeter& multimeter )
{
  multimeter.samples = &MemoryBackend::install().samples( multimeter.id );
  SampledNeurons neurons;
  std::vector< TileSampler > samplers;
  for ( const auto& connections : multimeter.connections )
  {
    neurons.first.push_back( neurons.size() );
    std::map< std::pair< Block*, size_t >, TileSampler > tiles;
    for ( const DeviceConnection& connection : connections )
    {
      const Shell& shell = *connection.target;
      const auto& request = logger_of( connection, multimeter.id )->request();
      TileSampler& sampler = tiles[ { shell.block(), shell.lane() / NJ_TILE } ];
      sampler.lanes.push_back( static_cast< uint32_t >( shell.lane() ) );
      sampler.columns.push_back( static_cast< uint32_t >( neurons.size() ) );
      sampler.request = request;
      multimeter.columns[ shell.block() ].push_back( neurons.size() );
      neurons.names = request->names;
      neurons.ids.push_back( static_cast< int64_t >( shell.get_node_id() ) );
      multimeter.interval = request->interval;
    }
    for ( auto& [ place, sampler ] : tiles )
    {
      sampler.target = &multimeter.samples->target();
      sampler.look();
      place.first->slice().recorded().add_sampler( place.second, std::move( sampler ) );
    }
  }
  neurons.first.push_back( neurons.size() );
  const auto& stretches = multimeter.samples->stretches();
  const bool are_same = not stretches.empty() and *stretches.back()->neurons == neurons;
  multimeter.neurons =
    are_same ? stretches.back()->neurons : std::make_shared< const SampledNeurons >( std::move( neurons ) );
}

// --- a simulation -------------------------------------------------------------------------------------------

void
FusedMultimeters::begin_run( const int64_t steps )
{
  for ( auto& [ id, multimeter ] : multimeters_ )
  {
    if ( multimeter.is_ours )
    {
      begin_sampling( multimeter, steps );
    }
  }
}

/* Make rows for the samples of a simulation. */
void
FusedMultimeters::begin_sampling( Multimeter& multimeter, const int64_t steps )
{
  const int64_t now = reached_step(), interval = multimeter.interval;
  const auto [ begin, end ] = active_steps( *multimeter.siblings.front() );
  const int64_t first = ( std::max( now, begin ) / interval + 1 ) * interval, last = std::min( now + steps, end );
  const int64_t count = last < first ? 0 : ( last - first ) / interval + 1;
  const SampleTimes times { first, interval, count, slice_origin() };
  try
  {
    multimeter.samples->begin_run( multimeter.neurons, times, MemoryBackend::install().events( multimeter.id ) );
  }
  catch ( const std::bad_alloc& )
  {
    throw_kernel_exception( "The multimeter with the node ID " + std::to_string( multimeter.id ) + " would take "
      + std::to_string( count ) + " samples of " + std::to_string( multimeter.neurons->names.size() ) + " variables of "
      + std::to_string( multimeter.neurons->size() )
      + " neurons in this simulation, for which there is not enough memory. "
      + "Record at a longer interval or of fewer neurons, simulate for a shorter time, or let it record to "
        "\"ascii\"." );
  }
}

void
FusedMultimeters::hide( const bool wanted )
{
  for ( const auto& [ id, multimeter ] : multimeters_ )
  {
    for ( size_t i = 0; multimeter.is_ours and i < multimeter.places.size(); ++i )
    {
      const Place& place = multimeter.places[ i ];
      connectors_from_device( place.thread, place.device )[ place.synapse_model ] = wanted ? nullptr : place.connector;
    }
  }
}

void
FusedMultimeters::end_run()
{
  for ( auto& [ id, multimeter ] : multimeters_ )
  {
    if ( multimeter.is_ours )
    {
      end_sampling( multimeter );
    }
  }
}

/* NEST has not called blocks all of whose neurons are frozen. */
void
FusedMultimeters::end_sampling( Multimeter& multimeter )
{
  Samples& samples = *multimeter.samples;
  for ( const auto& [ block, columns ] : multimeter.columns )
  {
    if ( block->nodes().are_idle() )
    {
      samples.leave_out( columns );
    }
  }
  samples.end_run( reached_step(), min_delay_steps() );
  for ( size_t thread = 0; samples.has_begun() and thread < number_of_threads(); ++thread )
  {
    counted_events( *multimeter.siblings[ thread ] ) += samples.take_new( thread, shown_until() );
  }
}

} // namespace nestml_jit
