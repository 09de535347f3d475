/* Variables of connections, stored as lean as what was set allows. */
#ifndef NESTML_JIT_SYNAPSE_COLUMNS_H
#define NESTML_JIT_SYNAPSE_COLUMNS_H

#include <cstdint>
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

/* Whether all connections of a run have the same delay and variables. */
enum class Alike : uint8_t
{
  unknown,
  no,
  yes
};

/* A stretch of connections with one source, segment, block and receptor. */
struct Run
{
  uint32_t first;
  uint32_t size;
  uint32_t segment;
  uint32_t source;
  uint16_t kind;
  Alike alike;           /* found out at the first delivery after a change */
  bool disabled = false; /* its connections are about to be removed and pass nothing on */
};

/* Connections of one source with a common past: they saw the same spikes since they were made. */
struct Segment
{
  int64_t t_last;         /* step of the last presynaptic spike */
  int64_t t_done;         /* postsynaptic spikes are processed up to here */
  uint64_t source_id = 0; /* node ID of the source; 0 until it is looked up */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SYNAPSE_COLUMNS_H */
