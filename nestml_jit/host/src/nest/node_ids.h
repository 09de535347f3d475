/* Which nodes a collection of NEST has. */
#ifndef NESTML_JIT_NODE_IDS_H
#define NESTML_JIT_NODE_IDS_H

#include <cstddef>
#include <vector>

#include "node_collection.h"

namespace nestml_jit
{

/* The node IDs of a collection, by their place in it. */
class NodeIds
{
public:
  NodeIds() = default;
  explicit NodeIds( const nest::NodeCollection& nodes );

  size_t
  operator[]( const size_t place ) const
  {
    return ids_.empty() ? first_ + place : ids_[ place ];
  }

  size_t
  size() const
  {
    return size_;
  }

  /* Whether all nodes are lanes of blocks. */
  bool
  are_shells() const
  {
    return are_shells_;
  }

  /* Whether the first node, if there is one, is a neuron or like one: other threads have proxies of it. */
  bool have_proxies() const;

  /* Whether all nodes are of one model. */
  bool
  are_alike() const
  {
    return are_alike_;
  }

private:
  size_t first_ = 0;
  size_t size_ = 0;
  std::vector< size_t > ids_; /* unless they are consecutive */
  bool are_shells_ = true;
  bool are_alike_ = true;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_NODE_IDS_H */
