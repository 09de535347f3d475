/* The order of static synapses by source, as NEST sorts them. */
#ifndef NESTML_JIT_STATIC_ORDER_H
#define NESTML_JIT_STATIC_ORDER_H

#include <cstddef>
#include <cstdint>

#include "block_vector.h"
#include "source.h"

#include "values/large_memory.h"

namespace nestml_jit
{

/* Sorts sources, and tells which connection comes to which place. NEST's algorithm (libnestutil/sort.h) is not stable: which
 * connections of one source change places depends on all comparisons. So this is the same algorithm, on numbers that lie
 * together. */
class StaticOrder
{
public:
  /* Sort the sources of all connections. */
  explicit StaticOrder( BlockVector< nest::Source >& sources );

  /* The number that the connection in a place had before. */
  uint32_t
  operator[]( const size_t place ) const
  {
    return number_[ place ];
  }

private:
  LargeVector< uint32_t > number_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_STATIC_ORDER_H */
