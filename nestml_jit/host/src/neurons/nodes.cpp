#include "neurons/nodes.h"

#include <algorithm>

#include "nest/shell.h"

namespace nestml_jit
{

void
Nodes::number()
{
  ids_.resize( nodes_.size() );
  std::transform(
    nodes_.begin(), nodes_.end(), ids_.begin(), []( const Shell* const node ) { return node->get_node_id(); } );
}

bool
Nodes::is_idle( const size_t lane ) const
{
  return lane >= prepared_ or nodes_[ lane ]->is_frozen();
}

bool
Nodes::are_idle() const
{
  for ( size_t lane = 0; lane < nodes_.size(); ++lane )
  {
    if ( not is_idle( lane ) )
    {
      return false;
    }
  }
  return true;
}

} // namespace nestml_jit
