#include "nest/fused_generators.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include "kernel_manager.h"

#include "host_state.h"
#include "nest/common_sending.h"
#include "nest/device_connections.h"
#include "nest/device_rows.h"
#include "nest/input_targets.h"
#include "nest/nest_generators.h"
#include "nest/noise_sending.h"
#include "nest/shell.h"
#include "nest/synapse_model.h"
#include "nest/threads.h"
#include "neurons/block.h"

namespace nestml_jit
{

namespace
{

/* NEST's models of connections that pass a weight on, and do nothing else. */
constexpr std::array< std::string_view, 6 > passing_on { "static_synapse",
  "static_synapse_hpc",
  "static_synapse_lbl",
  "static_synapse_hom_w",
  "static_synapse_hom_w_hpc",
  "static_synapse_hom_w_lbl" };

} // namespace

/* Whether a model of NEST's is one of these, or a copy of one. */
bool
passes_on( const nest::ConnectorModel& model )
{
  for ( const nest::ConnectorModel* const known : nest::kernel().model_manager.get_connection_models( 0 ) )
  {
    const bool is_listed =
      known and std::count( passing_on.begin(), passing_on.end(), std::string_view( known->get_name() ) );
    if ( is_listed and typeid( *known ) == typeid( model ) )
    {
      return true;
    }
  }
  return false;
}

namespace
{

std::vector< size_t >
numbers_of( const std::vector< OtherConnection >& connections )
{
  std::vector< size_t > numbers;
  for ( const OtherConnection& connection : connections )
  {
    numbers.push_back( connection.number );
  }
  return numbers;
}

/* Whether NEST can leave some connections of a model to blocks. */
bool
may_take_over( const nest::ConnectorModel& model )
{
  const auto* const ours = dynamic_cast< const SynapseModel* >( &model );
  return ours ? not ours->description().plastic : passes_on( model );
}

/* Whether single connections of a model cannot be sent along as NEST does when it sends along all of a device. */
bool
passes_all( const nest::ConnectorModel& model )
{
  return dynamic_cast< const SynapseModel* >( &model ) or model.get_common_properties().get_weight_recorder();
}

} // namespace

// --- reading -------------------------------------------------------------------------------------------

FusedGenerators::FusedGenerators( const size_t threads )
  : tables_( threads )
{
}

// Delegates, so that what was taken over is given back if something fails midway.
FusedGenerators::FusedGenerators()
  : FusedGenerators( number_of_threads() )
{
  for ( size_t thread = 0; thread < number_of_threads(); ++thread )
  {
    take_over_thread( thread );
  }
}

FusedGenerators::~FusedGenerators()
{
  end_run();
  for ( const Place& place : places_ )
  {
    place.stand_in->give_back();
  }
  for ( Block* const block : blocks_ )
  {
    block->generated().clear();
  }
}

void
FusedGenerators::forget()
{
  places_.clear();
  blocks_.clear();
}

void
FusedGenerators::take_over_thread( const size_t thread )
{
  const std::vector< size_t >& ids = sending_devices( thread );
  for ( size_t device = 0; device < ids.size(); ++device )
  {
    if ( ids[ device ] > 0 )
    {
      nest::Node& node = *nest::kernel().node_manager.get_node_or_proxy( ids[ device ], thread );
      if ( takes_over( node ) != Takes::nothing )
      {
        take_over( thread, device, node );
      }
    }
  }
}

void
FusedGenerators::take_over( const size_t thread, const size_t device, nest::Node& node )
{
  const auto& models = nest::kernel().model_manager.get_connection_models( thread );
  const auto& connectors = connectors_from_device( thread, device );
  for ( size_t id = 0; id < connectors.size(); ++id )
  {
    if ( connectors[ id ] and may_take_over( *models[ id ] ) )
    {
      const DeviceConnections connections( *connectors[ id ], thread, models );
      std::unique_ptr< RemainingTargets > stand_in;
      if ( not connections.ours().empty() )
      {
        stand_in = stand_in_for( node, *connectors[ id ], connections, passes_all( *models[ id ] ) );
      }
      if ( stand_in )
      {
        places_.push_back( { thread, device, id, connectors[ id ]->size(), std::move( stand_in ) } );
        connections_ += connections.ours().size();
      }
    }
  }
}

/* What takes a connector's place; null if the device is to send by itself. */
std::unique_ptr< RemainingTargets >
FusedGenerators::stand_in_for( nest::Node& node,
  nest::ConnectorBase& whole,
  const DeviceConnections& connections,
  const bool passes_all )
{
  std::vector< size_t > others = numbers_of( connections.others() );
  switch ( takes_over( node ) )
  {
  case Takes::noise:
    return std::make_unique< NoiseSending >(
      static_cast< nest::noise_generator& >( node ), whole, connections, std::move( others ), passes_all );
  case Takes::common_currents:
    return std::make_unique< CommonSending >( whole, std::move( others ), passes_all, connections.ours() );
  default:
    return hand_to_blocks( connections, node )
      ? std::make_unique< RemainingTargets >( whole, std::move( others ), passes_all )
      : nullptr;
  }
}

/* Let blocks draw what a node sends; returns whether they can. */
bool
FusedGenerators::hand_to_blocks( const DeviceConnections& connections, const nest::Node& node )
{
  const std::shared_ptr< Generator > generator = generator_of( node, tables_[ node.get_thread() ] );
  if ( not generator->begin_run( true ) )
  {
    has_refused_ = true;
    return false;
  }
  InputTargets find( Sent::spikes );
  std::map< Block*, std::vector< GeneratedTarget > > targets;
  for ( const DeviceConnection& connection : connections.ours() )
  {
    targets[ connection.target->block() ].push_back( find.of( connection ) );
  }
  for ( auto& [ block, list ] : targets )
  {
    block->generated().add( generator, list );
    blocks_.push_back( block );
  }
  generators_.push_back( generator );
  return true;
}

// --- simulating ----------------------------------------------------------------------------------------

/* Whether connectors are those that were read, and generators can still be taken over. */
bool
FusedGenerators::are_current( const bool is_changed )
{
  const auto is_known = []( const Place& place )
  {
    const auto& connectors = connectors_from_device( place.thread, place.device );
    return connectors[ place.synapse_model ] == &place.stand_in->whole()
      and place.stand_in->whole().size() == place.connections;
  };
  const auto can_draw = [ & ]( const std::shared_ptr< Generator >& generator )
  { return generator->begin_run( is_changed ); };
  return not( has_refused_ and is_changed ) and std::all_of( places_.begin(), places_.end(), is_known )
    and std::all_of( generators_.begin(), generators_.end(), can_draw );
}

bool
FusedGenerators::begin_run( const bool is_changed )
{
  if ( not are_current( is_changed ) )
  {
    return false;
  }
  is_begun_ = true;
  for ( const Place& place : places_ )
  {
    RemainingTargets& stand_in = *place.stand_in;
    stand_in.begin_run( is_changed );
    connectors_from_device( place.thread, place.device )[ place.synapse_model ] =
      stand_in.is_needed() ? &stand_in : nullptr;
  }
  return true;
}

void
FusedGenerators::end_run()
{
  if ( not std::exchange( is_begun_, false ) )
  {
    return;
  }
  for ( const Place& place : places_ )
  {
    connectors_from_device( place.thread, place.device )[ place.synapse_model ] = &place.stand_in->whole();
    place.stand_in->end_run();
  }
}

void
begin_fused_generators( const bool are_bound_anew )
{
  HostState& state = host_state();
  end_fused_generators();
  if ( not state.fuses_generators )
  {
    state.fused_generators.reset();
    return;
  }
  const bool is_changed = std::exchange( state.devices_were_set, false );
  const bool are_read = state.fused_generators and not are_bound_anew and state.device_connections.is_bound();
  if ( are_read and state.fused_generators->begin_run( is_changed ) )
  {
    return;
  }
  state.fused_generators.reset(); // gives back what the new one reads
  state.fused_generators = std::make_unique< FusedGenerators >();
  ++state.device_readings;
  state.device_connections.settle();
  state.fused_generators->begin_run( true );
}

void
end_fused_generators()
{
  if ( host_state().fused_generators )
  {
    host_state().fused_generators->end_run();
  }
}

} // namespace nestml_jit
