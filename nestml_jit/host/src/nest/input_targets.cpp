#include "nest/input_targets.h"

#include <unordered_map>

#include "nest/shell.h"
#include "neurons/block.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

/* The channels of a block as its kernel has them: the ring is fitted to these later, when NEST prepares nodes. */
const Channels&
InputTargets::channels( Block& block )
{
  const auto known = channels_.find( &block );
  if ( known != channels_.end() )
  {
    return known->second;
  }
  const NeuronType& type = block.type();
  return channels_.emplace( &block, Channels( type.description().ports, type.binding()->port_sizes ) ).first->second;
}

GeneratedTarget
InputTargets::of( const DeviceConnection& connection )
{
  const Shell& shell = *connection.target;
  const Layout& layout = shell.block()->receptors().layout( shell.lane() );
  const Channels& rows = channels( *shell.block() );
  GeneratedTarget target {};
  target.node_id = shell.get_node_id();
  target.lane = static_cast< uint32_t >( shell.lane() );
  target.delay = static_cast< uint32_t >( connection.delay );
  if ( sent_ == Sent::currents )
  {
    target.channel = rows.of( layout.continuous[ connection.receptor ].place );
    target.count_channel = -1;
    target.weight = connection.weight;
    return target;
  }
  const Receptor& receptor = *layout.receptor( connection.receptor );
  const Place place = connection.weight < 0.0 ? receptor.negative : receptor.positive;
  target.channel = rows.of( place );
  target.count_channel = rows.count_of( place );
  target.weight = place == receptor.positive ? connection.weight : -connection.weight;
  return target;
}

std::vector< InputTarget >
input_targets( const std::vector< DeviceConnection >& connections, const Sent sent )
{
  InputTargets find( sent );
  std::unordered_map< const Shell*, uint32_t > numbers;
  std::vector< InputTarget > targets;
  targets.reserve( connections.size() );
  for ( const DeviceConnection& connection : connections )
  {
    InputTarget target { &connection.target->block()->input(), find.of( connection ), 0 };
    target.at.number = numbers[ connection.target ]++;
    targets.push_back( target );
  }
  return targets;
}

} // namespace nestml_jit
