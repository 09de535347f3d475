#include "nest/fused_generators.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <typeinfo>

#include "kernel_manager.h"

#include "host_state.h"
#include "nest/device_connections.h"
#include "nest/device_rows.h"
#include "nest/nest_generators.h"
#include "nest/remaining_targets.h"
#include "nest/shell.h"
#include "nest/synapse_model.h"
#include "nest/threads.h"
#include "neurons/block.h"
#include "neurons/channels.h"
#include "neurons/neuron_type.h"

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

/* A connection as the block of its target takes it. */
GeneratedTarget
as_target( const DeviceConnection& connection, const Channels& channels )
{
  const Shell& shell = *connection.target;
  const Receptor& receptor = *shell.block()->receptors().layout( shell.lane() ).receptor( connection.receptor );
  const Place place = connection.weight < 0.0 ? receptor.negative : receptor.positive;
  GeneratedTarget target {};
  target.node_id = shell.get_node_id();
  target.lane = static_cast< uint32_t >( shell.lane() );
  target.delay = static_cast< uint32_t >( connection.delay );
  target.channel = channels.of( place );
  target.count_channel = channels.count_of( place );
  target.weight = place == receptor.positive ? connection.weight : -connection.weight;
  return target;
}

} // namespace

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
  for ( const Place& place : places_ )
  {
    connectors_from_device( place.thread, place.device )[ place.synapse_model ] = place.whole;
  }
  for ( Block* const block : blocks_ )
  {
    block->generated().clear();
  }
}

void
FusedGenerators::take_over_thread( const size_t thread )
{
  const std::vector< size_t >& ids = sending_devices( thread );
  for ( size_t device = 0; device < ids.size(); ++device )
  {
    if ( ids[ device ] > 0 )
    {
      const nest::Node& node = *nest::kernel().node_manager.get_node_or_proxy( ids[ device ], thread );
      if ( const auto generator = generator_of( node, tables_[ thread ] ) )
      {
        take_over( thread, device, generator );
      }
    }
  }
}

/* Whether NEST can leave some connections of a model to blocks. */
bool
FusedGenerators::may_take_over( const size_t thread, const size_t synapse_model )
{
  const nest::ConnectorModel& model = *nest::kernel().model_manager.get_connection_models( thread )[ synapse_model ];
  const auto* const ours = dynamic_cast< const SynapseModel* >( &model );
  return ours ? not ours->description().plastic : passes_on( model );
}

void
FusedGenerators::take_over( const size_t thread, const size_t device, const std::shared_ptr< Generator >& generator )
{
  const auto& models = nest::kernel().model_manager.get_connection_models( thread );
  auto& connectors = connectors_from_device( thread, device );
  for ( size_t id = 0; id < connectors.size(); ++id )
  {
    nest::ConnectorBase* const whole = connectors[ id ];
    if ( not whole or not may_take_over( thread, id ) )
    {
      continue;
    }
    const DeviceConnections connections( *whole, thread, models );
    const bool is_mixed = not connections.others().empty();
    const bool is_recorded = models[ id ]->get_common_properties().get_weight_recorder();
    const bool is_columnar = dynamic_cast< const SynapseModel* >( models[ id ] );
    if ( connections.ours().empty() or ( is_mixed and ( is_recorded or is_columnar ) ) )
    {
      continue;
    }
    hand_to_blocks( connections, generator );
    places_.push_back(
      { thread, device, id, std::make_unique< RemainingTargets >( *whole, connections.others() ), whole } );
    connectors[ id ] = is_mixed ? places_.back().stand_in.get() : nullptr;
  }
}

void
FusedGenerators::hand_to_blocks( const DeviceConnections& connections, const std::shared_ptr< Generator >& generator )
{
  std::map< Block*, std::vector< GeneratedTarget > > targets;
  std::map< Block*, Channels > channels;
  for ( const DeviceConnection& connection : connections.ours() )
  {
    Block* const block = connection.target->block();
    if ( not channels.count( block ) )
    {
      const NeuronType& type = block->type();
      channels.emplace( block, Channels( type.description().ports, type.binding()->port_sizes ) );
      blocks_.push_back( block );
    }
    targets[ block ].push_back( as_target( connection, channels.at( block ) ) );
  }
  for ( auto& [ block, list ] : targets )
  {
    block->generated().add( generator, list );
  }
}

void
begin_fused_generators()
{
  end_fused_generators();
  if ( host_state().fuses_generators )
  {
    host_state().fused_generators = std::make_unique< FusedGenerators >();
  }
}

void
end_fused_generators()
{
  host_state().fused_generators.reset();
}

} // namespace nestml_jit
