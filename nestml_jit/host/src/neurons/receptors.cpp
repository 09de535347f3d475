#include "neurons/receptors.h"

#include <algorithm>
#include <string>

#include "host_state.h"
#include "nest/errors.h"
#include "nest/lookup.h"
#include "nest/shell.h"
#include "neurons/neuron_type.h"
#include "neurons/nodes.h"
#include "neurons/store.h"

namespace nestml_jit
{

Receptors::Receptors( const NeuronType& type, const Nodes& nodes, const Store& store )
  : type_( type )
  , nodes_( nodes )
  , store_( store )
{
}

const Layout&
Receptors::layout( const size_t lane )
{
  if ( not type_.ports().are_resizable() )
  {
    return type_.ports().layout();
  }
  layouts_.resize( std::max( layouts_.size(), nodes_.size() ) );
  if ( not layouts_[ lane ] )
  {
    std::vector< double > row = store_.row( lane );
    type_.variables().refresh_internals( row.data() );
    layouts_[ lane ] = shared_layout( type_.description().ports.sizes( row.data() ) );
  }
  return *layouts_[ lane ];
}

std::shared_ptr< const Layout >
Receptors::shared_layout( const std::vector< size_t >& sizes )
{
  std::weak_ptr< const Layout >& known = by_size_[ sizes ];
  std::shared_ptr< const Layout > layout = known.lock();
  if ( not layout )
  {
    layout = std::make_shared< const Layout >( type_.description().ports.layout( sizes ) );
    known = layout;
  }
  return layout;
}

void
Receptors::forget_layout( const size_t lane )
{
  if ( lane < layouts_.size() )
  {
    layouts_[ lane ].reset();
    host_state().device_connections.raise();
  }
}

void
Receptors::note_use( const size_t lane, const bool spikes, const size_t number )
{
  if ( type_.ports().are_resizable() )
  {
    used_[ lane ].emplace( spikes, number );
  }
}

/* Forget receptors of a neuron to which no connection goes any more: NEST does not say when one is removed. */
void
Receptors::drop_unconnected( const size_t lane )
{
  if ( not knows_connections() )
  {
    return;
  }
  const std::set< size_t > connected = connected_receptors( nodes_[ lane ].get_node_id() );
  std::set< Use >& used = used_[ lane ];
  for ( auto use = used.begin(); use != used.end(); )
  {
    use = connected.count( use->second ) ? std::next( use ) : used.erase( use );
  }
}

void
Receptors::check_uses( const size_t lane, const double* const row )
{
  const auto found = used_.find( lane );
  if ( found == used_.end() )
  {
    return;
  }
  const std::set< Use >& used = found->second;
  const Layout& now = layout( lane );
  const Layout then = type_.description().ports.layout( type_.description().ports.sizes( row ) );
  const auto is_lost = [ & ]( const Use& use ) { return now.loses( then, use.first, use.second ); };
  if ( std::any_of( used.begin(), used.end(), is_lost ) )
  {
    drop_unconnected( lane );
  }
  const auto lost = std::find_if( used.begin(), used.end(), is_lost );
  if ( lost != used.end() )
  {
    const auto& [ spikes, number ] = *lost;
    throw_bad_property( "Node " + std::to_string( nodes_[ lane ].get_node_id() ) + " of the model '" + type_.name()
      + "' would have other receptors, and a connection goes to "
      + ( spikes ? now.receptor( number )->name : now.continuous[ number ].name ) + ", its receptor "
      + std::to_string( number )
      + ", which would vanish or become another one. Set sizes of ports before connecting. Nothing was changed." );
  }
}

} // namespace nestml_jit
