/* A variable of connections, stored as lean as what was set allows. */
#ifndef NESTML_JIT_SYNAPSE_COLUMN_H
#define NESTML_JIT_SYNAPSE_COLUMN_H

#include <vector>

#include "values/large_memory.h"

namespace nestml_jit
{

/* One variable of all connections of a connector.
 *
 * uniform: one value for all. source: one per segment of a source, for state that all its connections
 * share; connections that are not sorted in yet start with `uniform`, or have their starts in `tail`.
 * connection: one per connection. */
struct SynapseColumn
{
  enum class Mode
  {
    uniform,
    source,
    connection
  };

  Mode mode = Mode::uniform;
  double uniform = 0.0;
  LargeVector< double > values;
  std::vector< double > tail;

  /* What a connection starts with, by its number among those that are not sorted in yet. */
  double
  start( const size_t number ) const
  {
    return tail.empty() ? uniform : tail[ number ];
  }
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SYNAPSE_COLUMN_H */
