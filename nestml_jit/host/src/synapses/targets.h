/* All pairs of block and receptor that a synapse model's connections on one thread go to. */
#ifndef NESTML_JIT_TARGETS_H
#define NESTML_JIT_TARGETS_H

#include <cstdint>
#include <string>
#include <vector>

#include "synapses/target.h"

namespace nestml_jit
{

/* Targets by number, which connections store as their kind. */
class Targets
{
public:
  /* Return the number of a target, size() if there is none like it. */
  size_t find( const Block* block, size_t rport ) const;

  /* Add a target behind the others. Raises IllegalConnection, which names the model, if there are too many. */
  void add( Block* block, size_t rport, const std::string& model );

  size_t
  size() const
  {
    return list_.size();
  }

  Target&
  operator[]( const size_t kind )
  {
    return list_[ kind ];
  }

  const Target&
  operator[]( const size_t kind ) const
  {
    return list_[ kind ];
  }

private:
  std::vector< Target > list_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_TARGETS_H */
