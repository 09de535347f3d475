/* Connections that lie together, and what they share. */
#ifndef NESTML_JIT_RUN_H
#define NESTML_JIT_RUN_H

#include <cstdint>

namespace nestml_jit
{

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
  uint16_t kind;         /* which target: a pair of block and receptor */
  Alike alike;           /* found out at the first delivery after a change */
  bool disabled = false; /* its connections are about to be removed and pass nothing on */
};

/* Connections of one source with a common past: they saw the same spikes since they were made. */
struct Segment
{
  int64_t t_last;                /* step of the last presynaptic spike */
  int64_t t_done;                /* postsynaptic spikes are processed up to here */
  int64_t t_unheard = INT64_MAX; /* see EarlierModulation */
  int64_t t_told = INT64_MIN;    /* how far modulatory spikes were told when the last presynaptic one came */
  uint64_t source_id = 0;        /* node ID of the source; 0 until it is looked up */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_RUN_H */
