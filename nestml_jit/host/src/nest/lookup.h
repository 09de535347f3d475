/* Finding nodes and connections in NEST's tables. */
#ifndef NESTML_JIT_LOOKUP_H
#define NESTML_JIT_LOOKUP_H

#include <cstddef>
#include <cstdint>
#include <set>

namespace nestml_jit
{

class Shell;

/* The neuron with an ID; null if it is no neuron of ours, or lives on another process. */
Shell* find_shell( uint64_t node_id );

/* Whether NEST still knows between which nodes connections are. */
bool knows_connections();

/* Numbers of the receptors of a node that connections of NEST or of ours go to, whatever they carry. */
std::set< size_t > connected_receptors( uint64_t node_id );

/* Ask the processor for what NEST looks at when a neuron of a thread spikes. */
void prefetch_spike( const Shell& node, uint64_t node_id, size_t thread );

} // namespace nestml_jit

#endif /* NESTML_JIT_LOOKUP_H */
