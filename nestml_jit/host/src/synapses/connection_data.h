/* What is stored of a synapse model's connections on one thread. */
#ifndef NESTML_JIT_CONNECTION_DATA_H
#define NESTML_JIT_CONNECTION_DATA_H

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "nest/reached.h"
#include "nest/time_slices.h"
#include "synapses/delay_table.h"
#include "synapses/places.h"
#include "synapses/run_index.h"
#include "synapses/sparse_column.h"
#include "synapses/synapse_table.h"
#include "synapses/targets.h"

namespace nestml_jit
{

/* Columns with an entry per connection, and the tables that some of them refer to. Connections are numbered in the order
 * of all columns; their number is NEST's lcid. */
struct ConnectionData
{
  explicit ConnectionData( const SynapseDescription& description )
    : table( description, index )
  {
  }

  ConnectionData( const ConnectionData& ) = delete;
  ConnectionData& operator=( const ConnectionData& ) = delete;

  RunIndex index;                /* where connections lie together; the kind of each: a number in targets */
  Targets targets;               /* blocks and receptors */
  Places places;                 /* lane of the target in its block, or among NEST's neurons; index of the delay */
  DelayTable delays;             /* delays by index */
  SynapseTable table;            /* variables */
  SparseColumn< long > labels;   /* of those models that have them */
  SparseColumn< int64_t > ahead; /* step up to which a connection was brought by itself, beyond its segment's */

  /* What connections that are made together share. */
  struct Shared
  {
    size_t kind;
    const std::vector< double >& row;
    long label;
    int64_t unheard; /* see EarlierModulation */
  };

  /* Add `n` connections behind the others, with the lanes and indices of delays that begin at these; and with values
   * `own` instead of those of the row. */
  void
  append( const size_t n,
    const Shared& shared,
    const uint32_t* const lanes,
    const uint16_t* const delay_indices,
    const std::span< const SynapseTable::Own > own = {} )
  {
    places.append( n, lanes, delay_indices );
    index.append( n, static_cast< uint16_t >( shared.kind ), reached_step(), shared.unheard );
    table.append( n, shared.row, own );
    labels.append( n, shared.label );
    ahead.append( n, 0 );
  }

  /* Remove all connections from number `size` on. */
  void
  shorten( const size_t size )
  {
    index.shorten( size );
    places.shorten( size );
    table.shorten( size );
    labels.shorten( size );
    ahead.shorten( size );
  }

  size_t
  size() const
  {
    return index.size();
  }

  Target&
  target( const size_t lcid )
  {
    return targets[ index.kind( lcid ) ];
  }

  const Target&
  target( const size_t lcid ) const
  {
    return targets[ index.kind( lcid ) ];
  }

  uint32_t
  delay_steps( const size_t lcid ) const
  {
    return delays.steps( places.delay( lcid ) );
  }

  /* The step up to which a connection of a run is up to date. */
  int64_t
  done( const Run& run, const size_t lcid ) const
  {
    return std::max( index.segment( run ).t_done, ahead[ lcid ] );
  }

  /* The earliest step strictly before which connections need only the newest of a neuron's spikes. */
  int64_t
  oldest_needed() const
  {
    return table.description().has_post ? index.oldest_done() - max_delay_steps()
                                        : std::numeric_limits< int64_t >::max();
  }

  /* Call `change` with each array of an entry per connection; it may change their order. */
  template < typename Change >
  void
  for_each_array( const Change& change )
  {
    places.for_each_array( change );
    table.for_each_array( change );
    labels.for_each_array( change );
    ahead.for_each_array( change );
  }
};

} // namespace nestml_jit

#endif /* NESTML_JIT_CONNECTION_DATA_H */
