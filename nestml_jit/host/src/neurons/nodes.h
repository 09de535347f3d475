/* NEST's nodes that are the lanes of a block. */
#ifndef NESTML_JIT_NODES_H
#define NESTML_JIT_NODES_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nestml_jit
{

class Shell;

class Nodes
{
public:
  /* Nodes of a thread. */
  explicit Nodes( const size_t thread )
    : thread_( thread )
  {
  }

  size_t
  thread() const
  {
    return thread_;
  }

  void
  add( Shell& node )
  {
    nodes_.push_back( &node );
  }

  size_t
  size() const
  {
    return nodes_.size();
  }

  Shell&
  operator[]( const size_t lane ) const
  {
    return *nodes_[ lane ];
  }

  /* Ask all nodes for their IDs, which NEST gives them after they were created. */
  void number();

  /* [lane] IDs, as they were when `number` was called last. */
  const std::vector< uint64_t >&
  ids() const
  {
    return ids_;
  }

  /* NEST prepares all nodes that there are for a simulation. */
  void
  prepare()
  {
    prepared_ = nodes_.size();
  }

  /* Whether a lane is not to change: it is frozen, or its node was created since NEST prepared nodes, which NEST leaves
   * alone until it prepares them the next time. */
  bool is_idle( size_t lane ) const;

  /* Whether all lanes are idle: NEST calls none of them in a slice. */
  bool are_idle() const;

  /* Note that a node archives its spikes for NEST's own plasticity. */
  void
  note_archive()
  {
    have_archives_ = true;
  }

  bool
  have_archives() const
  {
    return have_archives_;
  }

private:
  size_t thread_;
  std::vector< Shell* > nodes_;
  std::vector< uint64_t > ids_;
  size_t prepared_ = 0; /* lanes that there were when NEST prepared nodes */
  bool have_archives_ = false;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_NODES_H */
