/* Threads and processes, and which of them a node belongs to. */
#ifndef NESTML_JIT_THREADS_H
#define NESTML_JIT_THREADS_H

#include <cstddef>
#include <cstdint>

#include "kernel_manager.h"
#include "vp_manager_impl.h"

namespace nestml_jit
{

/* Threads of this process: with another number NEST makes all models anew. */
inline size_t
number_of_threads()
{
  return nest::kernel().vp_manager.get_num_threads();
}

inline size_t
this_thread()
{
  return nest::kernel().vp_manager.get_thread_id();
}

/* The thread that a node of this process is updated by. */
inline size_t
thread_of( const uint64_t node_id )
{
  const auto& manager = nest::kernel().vp_manager;
  return manager.vp_to_thread( manager.node_id_to_vp( node_id ) );
}

/* The place of a node among those of its thread. */
inline size_t
place_in_thread( const uint64_t node_id )
{
  return ( node_id - 1 ) / nest::kernel().vp_manager.get_num_virtual_processes();
}

} // namespace nestml_jit

#endif /* NESTML_JIT_THREADS_H */
