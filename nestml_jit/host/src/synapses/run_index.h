/* The order of connections: which lie together as runs and segments. */
#ifndef NESTML_JIT_RUN_INDEX_H
#define NESTML_JIT_RUN_INDEX_H

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "synapses/disabled_connections.h"
#include "synapses/run.h"
#include "synapses/run_lookup.h"
#include "synapses/sparse_column.h"

namespace nestml_jit
{

/* Runs and segments of the connections that are in place, and what kind those are that came since.
 *
 * Connections have numbers (NEST's lcid). Sorting puts them in place:
 *
 *     number     0 1 2 3 4 5 6 7 | 8 9        0..7 are in place, 8 and 9 are new
 *     source     A A A A B B B B | A C
 *     target     x x y y x x x y |            x, y: blocks and receptors
 *     run        0 0 1 1 2 2 2 3 |            a kernel delivers a run at once
 *     segment    0 0 0 0 1 1 1 1 |            one per source, or more if some were made later
 *
 * Sorting comes before the next presynaptic spike is delivered. */
class RunIndex
{
public:
  /* Add `n` connections of one kind, made at a step, behind the others. Of modulatory spikes before it, those after step
   * `unheard` are theirs. */
  void append( size_t n, uint16_t kind, int64_t step, int64_t unheard );

  /* Take runs and segments of all connections. */
  void replace( std::vector< Run > runs, std::vector< Segment > segments );

  /* Remove all connections from number `size` on. */
  void shorten( size_t size );

  void disable( size_t lcid );

  /* Say that those from number `first` on, and no others, are disabled. */
  void disable_last( size_t first );

  /* Set disabled connections apart in runs of their own. */
  void
  split_disabled()
  {
    if ( not disabled_.are_split() )
    {
      runs_ = disabled_.split( runs_ );
      lookup_.fit( runs_, indexed_ );
    }
  }

  size_t
  size() const
  {
    return indexed_ + new_kinds_.size();
  }

  /* How many connections are in place. */
  size_t
  indexed() const
  {
    return indexed_;
  }

  /* The step at which the first of the others was made: their past begins there. */
  int64_t
  since() const
  {
    return since_;
  }

  /* The segment that new connections begin. */
  Segment
  fresh_segment() const
  {
    return { since_, since_, unheard_ };
  }

  /* Say if there may be modulatory spikes that connections have not heard since they were released before. */
  bool
  has_unheard() const
  {
    return unheard_ != INT64_MAX;
  }

  /* All of them are heard. */
  void
  note_heard()
  {
    unheard_ = INT64_MAX;
    for ( Segment& segment : segments_ )
    {
      segment.t_unheard = INT64_MAX;
    }
  }

  /* The step up to which all connections are up to date; the largest of all if there are none. */
  int64_t oldest_done() const;

  /* The number of a connection's target. */
  uint16_t
  kind( const size_t lcid ) const
  {
    return lcid < indexed_ ? run( lcid ).kind : new_kinds_[ lcid - indexed_ ];
  }

  /* The same of all connections. */
  SparseColumn< uint16_t > kinds() const;

  /* The number of the run that a connection in place belongs to. */
  size_t
  run_of( const size_t lcid ) const
  {
    return lookup_.find( lcid, runs_ );
  }

  /* That run itself. */
  Run&
  run( const size_t lcid )
  {
    return runs_[ run_of( lcid ) ];
  }

  const Run&
  run( const size_t lcid ) const
  {
    return runs_[ run_of( lcid ) ];
  }

  std::span< Run >
  runs()
  {
    return runs_;
  }

  std::span< const Run >
  runs() const
  {
    return runs_;
  }

  std::span< Segment >
  segments()
  {
    return segments_;
  }

  std::span< const Segment >
  segments() const
  {
    return segments_;
  }

  Segment&
  segment( const Run& run )
  {
    return segments_[ run.segment ];
  }

  const Segment&
  segment( const Run& run ) const
  {
    return segments_[ run.segment ];
  }

  const DisabledConnections&
  disabled() const
  {
    return disabled_;
  }

  /* A number that is raised when connections get other numbers, or are removed. */
  uint64_t
  revision() const
  {
    return revision_;
  }

  /* A value of a connection changes: look at its run anew. */
  void
  forget_alike( const size_t lcid )
  {
    if ( lcid < indexed_ )
    {
      run( lcid ).alike = Alike::unknown;
    }
  }

  /* The same for `count` connections from number `first` on. */
  void
  forget_alike( const size_t first, const size_t count )
  {
    for ( size_t lcid = first; lcid < std::min( first + count, indexed_ ); )
    {
      Run& found = run( lcid );
      found.alike = Alike::unknown;
      lcid = size_t( found.first ) + found.size;
    }
  }

private:
  size_t indexed_ = 0;
  int64_t since_ = 0;
  int64_t unheard_ = INT64_MAX; /* of the newest connections, until they have heard */
  uint64_t revision_ = 0;
  std::vector< Run > runs_;
  std::vector< Segment > segments_;
  RunLookup lookup_;
  SparseColumn< uint16_t > new_kinds_; /* [lcid - indexed_] */
  DisabledConnections disabled_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_RUN_INDEX_H */
