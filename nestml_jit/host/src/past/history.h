/* What plastic synapses may still ask of the neurons' past. */
#ifndef NESTML_JIT_HISTORY_H
#define NESTML_JIT_HISTORY_H

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "nestml_jit_abi.h"
#include "past/beginning.h"
#include "past/follower.h"
#include "past/history_entries.h"
#include "past/packed_past.h"
#include "past/past.h"
#include "past/recent_entries.h"

namespace nestml_jit
{

/* The histories of all lanes of a block. A lane's past is in up to four places, oldest first:
 *
 *     beginning   the step at which it begins, and spikes of which no synapse needs values any more
 *     packed      entries that only connections far behind still need, in two or three bytes each
 *     entries     those at hand, as kernels read them; kernels add one for each spike. The first one is the last one that
 *                 is packed, if any is
 *     recent      copies of the newest few of them, side by side for all lanes, for batches of connections
 */
class History
{
public:
  /* Choose what entries hold besides `keep`'s moved states: how many values that only the kernel knows, and
   * which ones lie at hand. Takes effect with the next `relayout` and `keep`. */
  void
  arrange( const size_t hidden, std::vector< uint32_t > at_hand )
  {
    hidden_ = hidden;
    recent_.arrange( hidden, std::move( at_hand ) );
  }

  /* Say how entries follow from each other. */
  void
  follow( Follower follower )
  {
    follower_ = std::move( follower );
    follower_.stride = entries_.stride();
  }

  NjHistory*
  data()
  {
    return entries_.data();
  }

  unsigned char*
  recent()
  {
    return recent_.data();
  }

  size_t
  lanes() const
  {
    return entries_.lanes();
  }

  /* The entries at hand. */
  const HistoryEntries&
  entries() const
  {
    return entries_;
  }

  const PackedPast&
  packed( const size_t lane ) const
  {
    return packed_[ lane ];
  }

  const Beginning&
  beginning( const size_t lane ) const
  {
    return beginning_[ lane ];
  }

  Beginning&
  beginning( const size_t lane )
  {
    return beginning_[ lane ];
  }

  /* Bytes that all entries take, those of the newest that are there twice left out. */
  size_t bytes() const;

  /* Whether entries at hand are all that a connection can ask for that asks for no times before a step. */
  bool
  reaches( const size_t lane, const int64_t step ) const
  {
    return packed_[ lane ].empty() or entries_.step( lane, 0 ) <= step;
  }

  /* The same for any lane. */
  bool
  reach( const int64_t step ) const
  {
    return packed_until_ <= step;
  }

  /* Fill an array with a lane's entries, from one before step `needed` on. */
  void restore( size_t lane, int64_t needed, std::vector< NjSlot >& slots ) const;

  /* Begin to keep a history of `states` moved states for each of `lanes` lanes. New lanes start
   * with one entry at `step`, filled by `initial( lane, state )`. */
  template < typename Initial >
  void
  keep( const size_t states, const size_t lanes, const int64_t step, Initial initial )
  {
    const size_t kept = this->lanes();
    entries_.set_stride( states + hidden_ + 1 );
    for ( size_t lane = kept; lane < lanes; ++lane )
    {
      NjSlot* const entry = entries_.add_lane( step );
      beginning_.emplace_back( step );
      for ( size_t s = 0; s < states; ++s )
      {
        entry[ 1 + s ].value = initial( lane, s );
      }
    }
    packed_.resize( this->lanes() );
    if ( lanes > kept or not recent_.data() )
    {
      copy_recent();
    }
  }

  /* Change which values an entry holds: value s of the new layout is number `source[ s ]` of the old one; where that
   * is -1, a state is constant per lane, and what only kernels know is missing. */
  template < typename Initial >
  void
  relayout( const std::vector< int >& source, Initial initial )
  {
    for ( size_t lane = 0; lane < lanes(); ++lane )
    {
      unpack( lane );
    }
    const size_t states = source.size() - hidden_;
    entries_.relayout( source.size() + 1,
      [ & ]( const size_t lane, const NjSlot* const old, NjSlot* const fresh )
      {
        for ( size_t s = 0; s < source.size(); ++s )
        {
          if ( source[ s ] >= 0 )
          {
            fresh[ 1 + s ] = old[ 1 + source[ s ] ];
          }
          else
          {
            fresh[ 1 + s ].value = s < states ? initial( lane, s ) : std::numeric_limits< double >::quiet_NaN();
          }
        }
      } );
    copy_recent();
  }

  /* Call `change( entry )` for each of a lane's entries, oldest first; none of them must be packed. */
  template < typename Change >
  void
  for_each_entry( const size_t lane, Change change )
  {
    for ( size_t n = 0; n < entries_[ lane ].size; ++n )
    {
      change( entries_.entry( lane, n ) );
    }
    recent_.copy( lane, entries_[ lane ], entries_.stride() );
  }

  /* Make room for one more entry, forgetting first what no connection can ask for any more that asks for no times before
   * step `needed`; the newest spikes of that are kept for synapses to come if `remember`. */
  void grow( size_t lane, int64_t needed, bool remember = true );

  /* Add a spike to a history without moved states, whose copies of the newest entries no kernel reads. There must
   * be room. */
  void
  append_spike( const size_t lane, const int64_t step )
  {
    entries_.add( lane, 2 * step + 1 );
  }

  /* Add an entry, usually one that is no spike; the kernel's newest entry stays as it is. */
  void append( size_t lane, int64_t step, const std::vector< double >& values, bool is_spike = false );

  /* Forget the spikes of a lane after a step. */
  void forget_after( size_t lane, int64_t step );

  /* Forget a lane's past, which no synapse may need: it begins at `step` with these values. */
  void restart( size_t lane, int64_t step, const std::vector< double >& values );

  /* Let a lane go on from an earlier past. Its spikes from step `travelling` on, which may still be on their way to
   * synapses, are entries with these values. */
  void take_over( size_t lane, const Past& past, int64_t travelling, const std::vector< double >& values );

private:
  void forget( size_t lane, int64_t needed, bool remember );
  void pack( size_t lane );
  void unpack( size_t lane );
  void copy_recent();

  size_t hidden_ = 0; /* values at the end of an entry that only kernels know */
  HistoryEntries entries_;
  std::vector< PackedPast > packed_; /* [lane] */
  Follower follower_;
  int64_t packed_until_ = INT64_MIN;   /* step of the newest entry that was ever packed */
  std::vector< Beginning > beginning_; /* [lane] */
  RecentEntries recent_;
};

/* The spikes of a lane's past up to a step, oldest first: all that are still known. */
std::vector< int64_t > spikes_until( const History& history, size_t lane, int64_t until );

/* Append the steps of a lane's spikes after a step to an array, rising. */
void append_spikes_after( const History& history, size_t lane, int64_t step, std::vector< int64_t >& steps );

} // namespace nestml_jit

#endif /* NESTML_JIT_HISTORY_H */
