/* What NEST notes of each connection besides the connection itself. */
#ifndef NESTML_JIT_CONNECTION_NOTES_H
#define NESTML_JIT_CONNECTION_NOTES_H

#include <cstddef>
#include <cstdint>

#include "nest_types.h"

namespace nestml_jit
{

/* Notes the sources, the number and the delays of many connections of one synapse model on one thread. */
class ConnectionNotes
{
public:
  ConnectionNotes( size_t thread, nest::synindex syn_id );

  /* Check a delay of so many ms, which are so many steps. Raises BadDelay if NEST does not take it. */
  void check_delay( double delay, uint32_t steps );

  /* How many of `n` connections NEST can count. */
  size_t room_for( size_t n ) const;

  /* Note the sources of `n` connections. */
  void note_sources( const uint64_t* sources, size_t n ) const;

  /* Count `n` connections, the last one as NEST does, which raises an error if they are too many. */
  void count( size_t n ) const;

private:
  size_t thread_;
  nest::synindex syn_id_;
  uint32_t shortest_ = UINT32_MAX; /* steps between which NEST takes any delay */
  uint32_t longest_ = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_CONNECTION_NOTES_H */
