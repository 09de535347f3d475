/* The array of nodes that a thread updates in each slice, in order: nodes of ours stand in it while NEST simulates. */
#ifndef NESTML_JIT_THREAD_NODES_H
#define NESTML_JIT_THREAD_NODES_H

#include <string>

#include "kernel_manager.h"
#include "sparse_node_array.h"

#include "nest/private_member.h"

namespace nestml_jit
{

using NodeEntries = BlockVector< nest::SparseNodeArray::NodeEntry >;

struct NodesOfArray
{
  using type = NodeEntries nest::SparseNodeArray::*;
  friend type reveal( NodesOfArray );
};

template struct Reveal< NodesOfArray, &nest::SparseNodeArray::nodes_ >;

inline NodeEntries&
nodes_of( const size_t thread )
{
  auto& nodes = const_cast< nest::SparseNodeArray& >( nest::kernel().node_manager.get_local_nodes( thread ) );
  return nodes.*reveal( NodesOfArray() );
}

/* A synapse model in use that names targets by their places in the arrays, as those with `_hpc` do; "" if there is none. */
std::string model_that_counts_nodes();

} // namespace nestml_jit

#endif /* NESTML_JIT_THREAD_NODES_H */
