#include "nest/walk.h"

#include <algorithm>
#include <set>

#include "kernel_manager.h"

#include "host_state.h"
#include "nest/shell.h"
#include "nest/threads.h"

namespace nestml_jit
{

struct EndOfNodes
{
  using type = NodeEntries::iterator NodeEntries::*;
  friend type reveal( EndOfNodes );
};

template struct Reveal< EndOfNodes, &NodeEntries::finish_ >;

namespace
{

NodeEntries::iterator&
end_of( NodeEntries& nodes )
{
  return nodes.*reveal( EndOfNodes() );
}

} // namespace

/* Whether the array is the one that `find` has seen, and those that lead their blocks are still not frozen. */
bool
Walk::is_known( const NodeEntries& nodes, const Shell& first ) const
{
  const auto is_called = []( const nest::Node* const node ) { return not node->is_frozen(); };
  return leads_all_ and nodes.size() == size_ and nodes[ first_ ].get_node() == &first
    and nodes[ size_ - 1 ].get_node() == last_ and std::all_of( lead_.begin(), lead_.end(), is_called );
}

/* Find what the walk is to visit after the first shell, in the order of the array. */
void
Walk::find( const NodeEntries& nodes, const Shell& first )
{
  size_ = nodes.size();
  last_ = nodes[ size_ - 1 ].get_node();
  first_ = 0;
  while ( nodes[ first_ ].get_node() != &first )
  {
    ++first_;
  }
  kept_.clear();
  lead_.clear();
  std::set< const Block* > led { first.block() }, all { first.block() };
  for ( size_t place = first_ + 1; place < size_; ++place )
  {
    nest::Node* const node = nodes[ place ].get_node();
    const Shell* const shell = as_shell( *node );
    if ( shell )
    {
      all.insert( shell->block() );
      if ( shell->is_frozen() or not led.insert( shell->block() ).second )
      {
        continue;
      }
      lead_.push_back( shell );
    }
    kept_.push_back( nodes[ place ] );
  }
  leads_all_ = led == all;
}

void
Walk::shorten( const Shell& first )
{
  NodeEntries& nodes = nodes_of( thread_ );
  if ( not is_known( nodes, first ) )
  {
    find( nodes, first );
  }
  replaced_.clear();
  for ( size_t k = 0; k < kept_.size(); ++k )
  {
    Entry& entry = nodes[ first_ + 1 + k ];
    replaced_.push_back( entry );
    entry = kept_[ k ];
  }
  end_ = end_of( nodes );
  end_of( nodes ) = nodes.begin() + static_cast< NodeEntries::difference_type >( first_ + 1 + kept_.size() );
  is_short_ = true;
}

void
Walk::restore()
{
  NodeEntries& nodes = nodes_of( thread_ );
  for ( size_t k = 0; k < replaced_.size(); ++k )
  {
    nodes[ first_ + 1 + k ] = replaced_[ k ];
  }
  end_of( nodes ) = end_;
  is_short_ = false;
}

void
begin_walks()
{
  end_walks();
  auto& walks = host_state().walks;
  if ( nest::kernel().sp_manager.is_structural_plasticity_enabled() or not model_that_counts_nodes().empty() )
  {
    walks.clear();
    return;
  }
  walks.resize( number_of_threads() );
  for ( size_t thread = 0; thread < walks.size(); ++thread )
  {
    if ( not walks[ thread ] )
    {
      walks[ thread ] = std::make_unique< Walk >( thread );
    }
  }
}

void
end_walks()
{
  for ( const auto& walk : host_state().walks )
  {
    if ( walk->is_short() )
    {
      walk->restore();
    }
  }
}

} // namespace nestml_jit
