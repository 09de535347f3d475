#include "nest/transmitters.h"

#include <algorithm>
#include <utility>

#include "kernel_manager.h"
#include "nest_names.h"
#include "volume_transmitter.h"

namespace nestml_jit
{

Transmitters::Transmitters( std::vector< std::string > ports )
  : ports_( std::move( ports ) )
  , nodes_( ports_.size(), nullptr )
{
}

/* The key under which users find a port's transmitter. */
const std::string&
Transmitters::key( const size_t port ) const
{
  return ports_.size() == 1 ? nest::names::volume_transmitter : ports_[ port ];
}

void
Transmitters::read_one( const Dictionary& d,
  const std::string& key,
  const std::string& model,
  nest::volume_transmitter*& node )
{
  nest::NodeCollectionPTR nodes;
  if ( not d.update_value( key, nodes ) )
  {
    return;
  }
  const size_t thread = nest::kernel().vp_manager.get_thread_id();
  nest::Node* const given =
    nodes->size() == 1 ? nest::kernel().node_manager.get_node_or_proxy( ( *nodes )[ 0 ], thread ) : nullptr;
  node = dynamic_cast< nest::volume_transmitter* >( given );
  if ( not node )
  {
    throw nest::BadProperty( "'" + key + "' of the model '" + model
      + "' must be a NodeCollection with one node, made by Create(\"volume_transmitter\")." );
  }
}

Transmitters
Transmitters::read( const Dictionary& d, const std::string& model ) const
{
  Transmitters made = *this;
  for ( nest::volume_transmitter*& node : made.nodes_ )
  {
    read_one( d, nest::names::volume_transmitter, model, node );
  }
  for ( size_t port = 0; port < ports_.size(); ++port )
  {
    read_one( d, ports_[ port ], model, made.nodes_[ port ] );
  }
  return made;
}

void
Transmitters::write( Dictionary& d ) const
{
  for ( size_t port = 0; port < ports_.size(); ++port )
  {
    d[ key( port ) ] = nest::NodeCollection::create( nodes_[ port ] );
  }
}

void
Transmitters::check( const std::string& model ) const
{
  for ( size_t port = 0; port < ports_.size(); ++port )
  {
    if ( not nodes_[ port ] )
    {
      throw nest::BadProperty( "No volume transmitter has been assigned to the port '" + ports_[ port ]
        + "' of the synapse model '" + model + "'. Connect the modulatory neurons to "
        + "vt = Create(\"volume_transmitter\") and write SetDefaults(\"" + model + "\", {\"" + key( port )
        + "\": vt}) before Connect." );
    }
  }
}

bool
Transmitters::include( const long node_id ) const
{
  return std::any_of( nodes_.begin(),
    nodes_.end(),
    [ node_id ]( const nest::volume_transmitter* const node )
    { return node and static_cast< long >( node->get_node_id() ) == node_id; } );
}

} // namespace nestml_jit
