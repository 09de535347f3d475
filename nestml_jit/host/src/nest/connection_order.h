/* The order of a synapse model's connections on one thread, as NEST wants it. */
#ifndef NESTML_JIT_CONNECTION_ORDER_H
#define NESTML_JIT_CONNECTION_ORDER_H

#include <cstdint>
#include <vector>

#include "block_vector.h"
#include "kernel_manager.h"
#include "source.h"

#include "synapses/connection_data.h"
#include "synapses/late_initial_state.h"
#include "synapses/unsorted_stretches.h"

namespace nestml_jit
{

/* Makes runs when NEST sorts connections, or, where it does not, before a spike is delivered. New connections get their
 * late initial state before. */
class ConnectionOrder
{
public:
  ConnectionOrder( ConnectionData& data, LateInitialState& late );

  /* Sort by source, and within a source as RunBuilder does. */
  void sort( BlockVector< nest::Source >& sources );

  /* Note whether a spike that is sent to a connection goes on to the next one. NEST says so of every connection, also
   * of those that it has sorted. */
  void
  note_more( const size_t lcid, const bool more )
  {
    if ( not nest::kernel().connection_manager.use_compressed_spikes() )
    {
      stretches_.note( lcid, more, data_.index.indexed(), data_.size() );
    }
  }

  /* Let runs know of all that NEST has said since they were made. */
  void
  refresh()
  {
    if ( stretches_.are_stale() )
    {
      build( stretches_.take( data_.size() ) );
    }
    data_.index.split_disabled();
  }

  /* Let all connections be those of one source, unless runs know of them already. */
  void join();

private:
  void build( const std::vector< uint32_t >& beginnings );

  ConnectionData& data_;
  LateInitialState& late_;
  UnsortedStretches stretches_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_CONNECTION_ORDER_H */
