#include "nest/node_ids.h"

#include "kernel_manager.h"
#include "node_manager.h"

#include "nest/models.h"

namespace nestml_jit
{

NodeIds::NodeIds( const nest::NodeCollection& nodes )
{
  size_t model = 0;
  const auto end = nodes.end();
  for ( auto it = nodes.begin(); it < end; ++it, ++size_ )
  {
    const nest::NodeIDTriple node = *it;
    if ( size_ == 0 )
    {
      first_ = node.node_id;
      model = node.model_id;
      are_shells_ = is_model_of_shells( model );
    }
    if ( node.model_id != model )
    {
      are_alike_ = false;
      model = node.model_id;
      are_shells_ = are_shells_ and is_model_of_shells( model );
    }
    if ( ids_.empty() and node.node_id != first_ + size_ )
    {
      ids_.reserve( nodes.size() );
      for ( size_t place = 0; place < size_; ++place )
      {
        ids_.push_back( first_ + place );
      }
    }
    if ( not ids_.empty() )
    {
      ids_.push_back( node.node_id );
    }
  }
}

bool
NodeIds::have_proxies() const
{
  return size_ > 0 and nest::kernel().node_manager.get_node_or_proxy( ( *this )[ 0 ] )->has_proxies();
}

} // namespace nestml_jit
