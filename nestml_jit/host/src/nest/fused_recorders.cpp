#include "nest/fused_recorders.h"

#include <algorithm>
#include <new>
#include <typeinfo>
#include <utility>

#include "kernel_manager.h"
#include "multimeter.h"
#include "spike_recorder.h"

#include "host_state.h"
#include "nest/data_logging.h"
#include "nest/device_rows.h"
#include "nest/errors.h"
#include "nest/fused_generators.h"
#include "nest/private_member.h"
#include "nest/reached.h"
#include "nest/shell.h"
#include "nest/simulation.h"
#include "nest/threads.h"
#include "nest/time_slices.h"
#include "neurons/block.h"
#include "neurons/neuron_type.h"

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

namespace
{

bool
is_in_memory( const nest::RecordingDevice& device )
{
  return record_to( device ) == nest::names::memory;
}

/* Steps behind which a recorder is active, and until which. */
std::pair< int64_t, int64_t >
active_steps( const nest::RecordingDevice& device )
{
  return { ( device.get_origin() + device.get_start() ).get_steps(),
    ( device.get_origin() + device.get_stop() ).get_steps() };
}

/* Whether all that connections of a model do is to pass events on. */
bool
just_passes_on( const size_t thread, const size_t synapse_model )
{
  nest::ConnectorModel& model = *nest::kernel().model_manager.get_connection_models( thread )[ synapse_model ];
  return passes_on( model ) and not model.get_common_properties().get_weight_recorder();
}

/* Call a function for each block of a thread. */
template < typename Visit >
void
for_each_block( const size_t thread, Visit visit )
{
  for ( const auto& [ name, type ] : host_state().neuron_types )
  {
    if ( thread < type->blocks().size() and type->blocks()[ thread ] )
    {
      visit( *type->blocks()[ thread ] );
    }
  }
}

/* The logger of a neuron for a multimeter. */
DataLogging*
logger_of( const DeviceConnection& connection, const uint64_t device )
{
  return connection.target->block()->slice().recorded().find( connection.target->lane(), device );
}

uint64_t
present_change()
{
  return host_state().recorder_changes.load( std::memory_order_relaxed ) + host_state().device_rows.changes;
}

/* An event that notes the recorders of spikes that it is sent to, and whether there are other nodes. */
class RecorderProbe : public nest::SpikeEvent
{
public:
  void
  operator()() override
  {
    nest::Node& node = get_receiver();
    if ( typeid( node ) == typeid( nest::spike_recorder ) )
    {
      recorders.push_back( &static_cast< nest::spike_recorder& >( node ) );
    }
    else
    {
      finds_others = true;
    }
  }

  std::vector< nest::RecordingDevice* > recorders;
  bool finds_others = false;
};

} // namespace

void
note_recorders()
{
  host_state().recorder_changes.fetch_add( 1, std::memory_order_relaxed );
}

// --- what there is to record -----------------------------------------------------------------------------

FusedRecorders::FusedRecorders( const std::set< uint64_t >& left_to_nest )
  : change_( present_change() )
  , left_to_nest_( left_to_nest )
  , threads_( number_of_threads() )
{
  find_multimeters();
  for ( size_t thread = 0; thread < threads_.size(); ++thread )
  {
    find_recorders( thread );
  }
}

namespace
{

bool
are_in_memory( const std::vector< nest::RecordingDevice* >& devices )
{
  return std::all_of( devices.begin(), devices.end(), []( const auto* device ) { return is_in_memory( *device ); } );
}

/* How many connectors there are. */
size_t
count_connectors( const std::vector< nest::ConnectorBase* >& connectors )
{
  return connectors.size() - static_cast< size_t >( std::count( connectors.begin(), connectors.end(), nullptr ) );
}

} // namespace

bool
FusedRecorders::is_current() const
{
  for ( const auto& [ id, multimeter ] : multimeters_ )
  {
    size_t connectors = 0;
    for ( const auto& [ thread, device ] : multimeter.devices )
    {
      connectors += count_connectors( connectors_from_device( thread, device ) );
    }
    const bool is_same = connectors == multimeter.places.size()
      and std::all_of( multimeter.places.begin(),
        multimeter.places.end(),
        []( const Place& place ) { return place.connector->size() == place.size; } );
    if ( not is_same or multimeter.is_in_memory != are_in_memory( multimeter.siblings ) )
    {
      return false;
    }
  }
  const auto records = []( const Recorder& recorder ) { return is_in_memory( *recorder.device ); };
  return change_ == present_change() and threads_.size() == number_of_threads()
    and std::all_of( threads_.begin(),
      threads_.end(),
      [ & ]( const Thread& thread )
      { return std::all_of( thread.recorders.begin(), thread.recorders.end(), records ); } );
}

void
FusedRecorders::find_multimeters()
{
  for ( size_t thread = 0; thread < threads_.size(); ++thread )
  {
    const std::vector< size_t >& ids = sending_devices( thread );
    for ( size_t device = 0; device < ids.size(); ++device )
    {
      nest::Node* const node =
        ids[ device ] > 0 ? nest::kernel().node_manager.get_node_or_proxy( ids[ device ], thread ) : nullptr;
      if ( node and ( typeid( *node ) == typeid( nest::multimeter ) or typeid( *node ) == typeid( nest::voltmeter ) ) )
      {
        read_multimeter( thread, device, ids[ device ] );
      }
    }
  }
  for ( auto& [ id, multimeter ] : multimeters_ )
  {
    settle( multimeter );
  }
  for ( size_t thread = 0; thread < threads_.size(); ++thread )
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
  for ( size_t thread = 0; thread < threads_.size(); ++thread )
  {
    for_each_block( thread, []( Block& block ) { block.slice().recorded().find_rhythms(); } );
  }
}

/* Read the connections that a multimeter has on a thread. */
void
FusedRecorders::read_multimeter( const size_t thread, const size_t device, const uint64_t id )
{
  Multimeter& multimeter = multimeters_[ id ];
  if ( multimeter.siblings.empty() )
  {
    multimeter.id = id;
    multimeter.connections.resize( threads_.size() );
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
FusedRecorders::can_sample( const Multimeter& multimeter ) const
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
FusedRecorders::settle( Multimeter& multimeter )
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
FusedRecorders::take_over( Multimeter& multimeter )
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

/* Find the neurons of a thread whose spikes go to recorders only. */
void
FusedRecorders::find_recorders( const size_t thread )
{
  for_each_block( thread,
    [ & ]( Block& block )
    {
      block.slice().recorded_spikes().clear();
      std::vector< std::vector< uint32_t > > numbers( block.nodes().size() );
      bool any = false;
      for ( size_t lane = 0; lane < numbers.size(); ++lane )
      {
        const size_t place = place_in_thread( block.nodes()[ lane ].get_node_id() );
        if ( read_row( thread, place, numbers[ lane ] ) )
        {
          threads_[ thread ].hidden.push_back( place );
          any = true;
        }
      }
      if ( any )
      {
        block.slice().recorded_spikes().set_lanes( numbers );
        threads_[ thread ].blocks.push_back( &block );
      }
    } );
  Thread& own = threads_[ thread ];
  if ( own.hidden.empty() )
  {
    return;
  }
  const auto& rows = rows_to_devices( thread );
  own.rows.resize( rows.size() );
  std::vector< bool > is_hidden( rows.size(), false );
  for ( const size_t place : own.hidden )
  {
    is_hidden[ place ] = true;
  }
  for ( size_t place = 0; place < rows.size(); ++place )
  {
    if ( not rows[ place ].empty() and not is_hidden[ place ] )
    {
      own.shown.push_back( place );
    }
  }
}

/* Find the numbers of the recorders that a row of connections leads to; false if it leads elsewhere, or nowhere. */
bool
FusedRecorders::read_row( const size_t thread, const size_t place, std::vector< uint32_t >& numbers )
{
  const auto& row = rows_to_devices( thread )[ place ];
  RecorderProbe probe;
  for ( size_t model = 0; model < row.size(); ++model )
  {
    if ( not row[ model ] )
    {
      continue;
    }
    if ( not just_passes_on( thread, model ) )
    {
      return false;
    }
    row[ model ]->send_to_all( thread, nest::kernel().model_manager.get_connection_models( thread ), probe );
  }
  if ( probe.finds_others or probe.recorders.empty()
    or not std::all_of( probe.recorders.begin(),
      probe.recorders.end(),
      []( const nest::RecordingDevice* const device ) { return is_in_memory( *device ); } ) )
  {
    return false;
  }
  for ( nest::RecordingDevice* const device : probe.recorders )
  {
    numbers.push_back( number_of( thread, *device ) );
  }
  return true;
}

/* The number of a recorder among those of a thread. */
uint32_t
FusedRecorders::number_of( const size_t thread, nest::RecordingDevice& device )
{
  Thread& own = threads_[ thread ];
  const auto [ place, is_new ] = own.numbers.emplace( &device, static_cast< uint32_t >( own.recorders.size() ) );
  if ( is_new )
  {
    own.recorders.push_back( { &device, &MemoryBackend::install().rows( device ) } );
  }
  return place->second;
}

// --- a simulation -------------------------------------------------------------------------------------------

void
FusedRecorders::begin_run( const int64_t steps )
{
  has_begun_ = true;
  for ( auto& [ id, multimeter ] : multimeters_ )
  {
    if ( multimeter.is_ours )
    {
      begin_sampling( multimeter, steps );
    }
  }
  for ( Thread& thread : threads_ )
  {
    std::vector< SpikeRecorder > recorders;
    for ( const Recorder& recorder : thread.recorders )
    {
      const auto [ begin, end ] = active_steps( *recorder.device );
      recorders.push_back( { recorder.rows, begin, end } );
    }
    for ( Block* const block : thread.blocks )
    {
      block->slice().recorded_spikes().set_recorders( recorders );
    }
  }
  hide( true );
}

/* Make rows for the samples of a simulation. */
void
FusedRecorders::begin_sampling( Multimeter& multimeter, const int64_t steps )
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

/* Take away from NEST what blocks do while it simulates, or give it back. */
void
FusedRecorders::hide( const bool wanted )
{
  is_hidden_ = wanted;
  for ( const auto& [ id, multimeter ] : multimeters_ )
  {
    for ( size_t i = 0; multimeter.is_ours and i < multimeter.places.size(); ++i )
    {
      const Place& place = multimeter.places[ i ];
      connectors_from_device( place.thread, place.device )[ place.synapse_model ] = wanted ? nullptr : place.connector;
    }
  }
  for ( size_t thread = 0; thread < threads_.size(); ++thread )
  {
    Thread& own = threads_[ thread ];
    if ( own.hidden.empty() )
    {
      continue;
    }
    auto& rows = rows_to_devices( thread );
    rows.swap( own.rows );
    for ( const size_t place : own.shown )
    {
      rows[ place ].swap( own.rows[ place ] );
    }
  }
}

void
FusedRecorders::end_run()
{
  if ( not std::exchange( has_begun_, false ) )
  {
    return;
  }
  if ( is_hidden_ )
  {
    hide( false );
  }
  for ( auto& [ id, multimeter ] : multimeters_ )
  {
    if ( multimeter.is_ours )
    {
      end_sampling( multimeter );
    }
  }
  for ( const Thread& thread : threads_ )
  {
    for ( const Recorder& recorder : thread.recorders )
    {
      recorder.rows->settle();
      counted_events( *recorder.device ) += recorder.rows->take_spikes();
    }
  }
}

/* Let NEST know of samples. NEST has not called blocks all of whose neurons are frozen. */
void
FusedRecorders::end_sampling( Multimeter& multimeter )
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
  for ( size_t thread = 0; samples.has_begun() and thread < threads_.size(); ++thread )
  {
    counted_events( *multimeter.siblings[ thread ] ) += samples.take_new( thread, shown_until() );
  }
}

void
begin_fused_recorders( const int64_t steps )
{
  auto& recorders = host_state().fused_recorders;
  if ( is_prepared() and not MemoryBackend::find() )
  {
    return; // NEST has prepared recorders with its own back end
  }
  if ( not recorders or not recorders->is_current() )
  {
    const std::set< uint64_t > left_to_nest = recorders ? recorders->left_to_nest() : std::set< uint64_t >();
    recorders = nullptr;
    recorders = std::make_unique< FusedRecorders >( left_to_nest );
  }
  recorders->begin_run( steps );
}

void
end_fused_recorders()
{
  if ( host_state().fused_recorders )
  {
    host_state().fused_recorders->end_run();
  }
}

} // namespace nestml_jit
