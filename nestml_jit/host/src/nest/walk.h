/* The walk of a thread through its nodes, which NEST makes in each slice. */
#ifndef NESTML_JIT_WALK_H
#define NESTML_JIT_WALK_H

#include <cstddef>
#include <vector>

#include "nest/thread_nodes.h"

namespace nestml_jit
{

class Shell;

/* Leaves neurons out of a thread's array of nodes while NEST simulates, since one of them updates all of its block:
 *
 *     NEST            begins the first slice, and calls the nodes of the array, one after the other
 *     first shell     that is called puts what is to be called after it right behind it, and lets the array end there
 *                     (`shorten`): nodes of NEST's, and one shell of each block
 *     NEST            goes on behind the first shell, and in all later slices goes through the short array
 *     NEST            asks all nodes of the array to update their synaptic elements, when the simulation is over
 *     first shell     that is asked puts everything back (`restore`); NEST goes on with the shells that were left out
 *
 * So nothing before or after a simulation sees a short array. After an error NEST asks nobody: `end_walks` puts back what
 * is still short then. The entries up to the first shell never move, so that NEST's place in the array stays valid. */
class Walk
{
public:
  explicit Walk( const size_t thread )
    : thread_( thread )
  {
  }

  bool
  is_short() const
  {
    return is_short_;
  }

  /* Called while NEST updates a shell, the first one in a simulation. */
  void shorten( const Shell& first );

  void restore();

private:
  using Entry = nest::SparseNodeArray::NodeEntry;

  bool is_known( const NodeEntries& nodes, const Shell& first ) const;
  void find( const NodeEntries& nodes, const Shell& first );

  size_t thread_;
  bool is_short_ = false;
  size_t first_ = 0;                      /* place of the first shell */
  size_t size_ = 0;                       /* of the whole array */
  const nest::Node* last_ = nullptr;      /* node of the whole array */
  std::vector< Entry > kept_;             /* what follows the first shell in the short array */
  std::vector< const nest::Node* > lead_; /* shells in `kept_`, each of which updates its block */
  bool leads_all_ = true;                 /* each block has a neuron that is not frozen */
  std::vector< Entry > replaced_;         /* what `kept_` stands in the place of */
  NodeEntries::iterator end_;             /* of the whole array */
};

/* Let the walks of all threads be short in the simulation that begins. They are not if something finds nodes by their
 * places in the arrays, or needs all nodes. */
void begin_walks();

/* The simulation is over, however it ended: all arrays are whole. */
void end_walks();

} // namespace nestml_jit

#endif /* NESTML_JIT_WALK_H */
