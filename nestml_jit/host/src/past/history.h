/* What plastic synapses may still ask of the neurons' past. */
#ifndef NESTML_JIT_HISTORY_H
#define NESTML_JIT_HISTORY_H

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <numeric>
#include <utility>
#include <vector>

#include "nestml_jit_abi.h"
#include "past/older_spikes.h"
#include "past/packed_past.h"
#include "past/recent_entries.h"

namespace nestml_jit
{

/* How many entries a lane may have at hand before older ones are packed. */
uint32_t& history_limit();

/* The histories of all lanes of a block: growing arrays of entries of `stride` slots. What only connections far behind
 * still need is packed: then the first entry at hand is the last one that is packed. */
class History
{
public:
  History() = default;
  History( const History& ) = delete;
  History& operator=( const History& ) = delete;

  ~History()
  {
    release();
  }

  bool
  is_kept() const
  {
    return stride_ > 0;
  }

  /* Choose what entries hold besides `keep`'s moved states: how many values that only the kernel knows, and
   * which ones lie at hand. Takes effect with the next `relayout` and `keep`. */
  void
  arrange( const size_t hidden, std::vector< uint32_t > at_hand )
  {
    hidden_ = hidden;
    recent_.arrange( hidden, std::move( at_hand ) );
  }

  NjHistory*
  data()
  {
    return lanes_.data();
  }

  unsigned char*
  recent()
  {
    return recent_.data();
  }

  size_t
  lanes() const
  {
    return lanes_.size();
  }

  size_t
  stride() const
  {
    return stride_;
  }

  /* Bytes that all entries take, those of the newest that are there twice left out. */
  size_t
  bytes() const
  {
    size_t sum = 0;
    for ( size_t lane = 0; lane < lanes_.size(); ++lane )
    {
      sum += lanes_[ lane ].capacity * stride_ * sizeof( NjSlot ) + packed_[ lane ].bytes();
    }
    return sum;
  }

  /* Say how entries follow from each other. */
  void
  follow( Follower follower )
  {
    follower_ = std::move( follower );
    follower_.stride = stride_;
  }

  /* The entries of a lane that are not packed. */
  const NjHistory&
  at_hand( const size_t lane ) const
  {
    return lanes_[ lane ];
  }

  /* Whether entries at hand are all that somebody can ask for who asks for no times before a step. */
  bool
  reaches( const size_t lane, const int64_t step ) const
  {
    return packed_[ lane ].empty() or lanes_[ lane ].entry->key >> 1 <= step;
  }

  /* The same for any lane. */
  bool
  reach( const int64_t step ) const
  {
    return packed_until_ <= step;
  }

  /* Fill an array with a lane's entries, from one before step `needed` on. */
  void
  restore( const size_t lane, const int64_t needed, std::vector< NjSlot >& entries ) const
  {
    entries.clear();
    packed_[ lane ].restore( needed, follower_, entries );
    const NjHistory& past = lanes_[ lane ];
    const size_t known = entries.empty() ? 0 : 1;
    entries.insert( entries.end(), past.entry + known * stride_, past.entry + past.size * stride_ );
  }

  /* Begin to keep a history of `states` moved states for each of `lanes` lanes. New lanes start
   * with one entry at `step`, filled by `initial( lane, state )`. */
  template < typename Initial >
  void
  keep( const size_t states, const size_t lanes, const int64_t step, Initial initial )
  {
    const size_t kept = lanes_.size();
    stride_ = states + hidden_ + 1;
    for ( size_t lane = lanes_.size(); lane < lanes; ++lane )
    {
      lanes_.push_back( { allocate( first_capacity_, stride_ ), 1, first_capacity_ } );
      begin_.push_back( step );
      NjSlot* const entry = lanes_.back().entry;
      entry[ 0 ].key = step << 1;
      for ( size_t s = 0; s < states; ++s )
      {
        entry[ 1 + s ].value = initial( lane, s );
      }
    }
    older_.resize( lanes_.size() );
    packed_.resize( lanes_.size() );
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
    for ( size_t lane = 0; lane < lanes_.size(); ++lane )
    {
      unpack( lane );
    }
    const size_t old_stride = stride_;
    stride_ = source.size() + 1;
    for ( size_t lane = 0; lane < lanes_.size(); ++lane )
    {
      NjHistory& past = lanes_[ lane ];
      NjSlot* const entries = allocate( past.capacity, stride_ );
      for ( size_t n = 0; n < past.size; ++n )
      {
        entries[ n * stride_ ] = past.entry[ n * old_stride ];
        for ( size_t s = 0; s < source.size(); ++s )
        {
          NjSlot& slot = entries[ n * stride_ + 1 + s ];
          if ( source[ s ] >= 0 )
          {
            slot = past.entry[ n * old_stride + 1 + source[ s ] ];
          }
          else
          {
            const bool is_state = s + hidden_ < source.size();
            slot.value = is_state ? initial( lane, s ) : std::numeric_limits< double >::quiet_NaN();
          }
        }
      }
      std::free( past.entry );
      past.entry = entries;
    }
    copy_recent();
  }

  /* Call `change( entry )` for each of a lane's entries, oldest first; none of them must be packed. */
  template < typename Change >
  void
  for_each_entry( const size_t lane, Change change )
  {
    NjHistory& past = lanes_[ lane ];
    for ( size_t n = 0; n < past.size; ++n )
    {
      change( past.entry + n * stride_ );
    }
    copy_recent( lane );
  }

  /* The step at which a lane's past begins. */
  int64_t
  begin( const size_t lane ) const
  {
    return begin_[ lane ];
  }

  /* Let a lane's past begin at a step, without what was before. */
  void
  begin_at( const size_t lane, const int64_t step )
  {
    older_[ lane ].forget();
    begin_[ lane ] = step;
  }

  /* How many spikes from before a lane's entries are still known. */
  size_t
  older( const size_t lane ) const
  {
    return older_[ lane ].size();
  }

  /* Add a spike from before a lane's entries. */
  void
  add_older( const size_t lane, const int64_t step )
  {
    older_[ lane ].add( step );
  }

  /* The spikes of a lane's past up to a step, oldest first: all that are still known. */
  std::vector< int64_t >
  spikes( const size_t lane, const int64_t until ) const
  {
    const NjHistory& past = lanes_[ lane ];
    std::vector< int64_t > steps;
    older_[ lane ].append_to( steps );
    packed_[ lane ].for_each_spike(
      [ & ]( const int64_t step )
      {
        if ( step > begin_[ lane ] )
        {
          steps.push_back( step );
        }
      } );
    for ( size_t n = first_unpacked( lane ); n < past.size; ++n )
    {
      const int64_t key = past.entry[ n * stride_ ].key;
      if ( key & 1 and key >> 1 > begin_[ lane ] )
      {
        steps.push_back( key >> 1 );
      }
    }
    while ( not steps.empty() and steps.back() > until )
    {
      steps.pop_back();
    }
    return steps;
  }

  /* Append the steps of a lane's spikes after a step to an array, rising. */
  void
  append_spikes_after( const size_t lane, const int64_t step, std::vector< int64_t >& steps ) const
  {
    const NjHistory& past = lanes_[ lane ];
    if ( not reaches( lane, step ) )
    {
      packed_[ lane ].for_each_spike(
        [ & ]( const int64_t packed )
        {
          if ( packed > step )
          {
            steps.push_back( packed );
          }
        } );
    }
    size_t n = past.size;
    while ( n > first_unpacked( lane ) and past.entry[ ( n - 1 ) * stride_ ].key >> 1 > step )
    {
      --n;
    }
    for ( ; n < past.size; ++n )
    {
      if ( past.entry[ n * stride_ ].key & 1 )
      {
        steps.push_back( past.entry[ n * stride_ ].key >> 1 );
      }
    }
  }

  /* Make room for one more entry, forgetting first what nobody can ask for any more, who asks for no times before
   * step `needed`; the newest spikes of that are kept for synapses to come if `remember`. */
  void
  grow( const size_t lane, const int64_t needed, const bool remember = true )
  {
    NjHistory& past = lanes_[ lane ];
    forget( lane, needed, remember );
    if ( past.size >= history_limit() )
    {
      pack( lane );
    }
    if ( 2 * past.size > past.capacity )
    {
      reserve( lane, 2 * past.capacity );
    }
  }

  bool
  is_full( const size_t lane ) const
  {
    return lanes_[ lane ].size == lanes_[ lane ].capacity;
  }

  /* Add a spike to a history without moved states, whose newest entries nobody needs at hand. There must
   * be room. */
  void
  append_spike( const size_t lane, const int64_t step )
  {
    NjHistory& past = lanes_[ lane ];
    past.entry[ past.size++ * stride_ ].key = 2 * step + 1;
  }

  bool
  ends_with_spike( const size_t lane ) const
  {
    const NjHistory& past = lanes_[ lane ];
    return past.entry[ ( past.size - 1 ) * stride_ ].key & 1;
  }

  /* Forget the spikes of a lane after a step. */
  void
  forget_after( const size_t lane, const int64_t step )
  {
    if ( lanes_[ lane ].entry->key > 2 * step + 1 )
    {
      unpack( lane );
    }
    NjHistory& past = lanes_[ lane ];
    const uint32_t before = past.size;
    while ( past.size > 1 and past.entry[ ( past.size - 1 ) * stride_ ].key > 2 * step + 1 )
    {
      --past.size;
    }
    if ( past.size < before )
    {
      copy_recent( lane );
    }
  }

  /* Forget a lane's past, which nobody may need: it begins at `step` with these values. */
  void
  restart( const size_t lane, const int64_t step, const std::vector< double >& values )
  {
    lanes_[ lane ].size = 0;
    packed_[ lane ].clear();
    begin_at( lane, step );
    append( lane, step, values );
  }

  /* Let a lane go on from an earlier past. Spikes from step `travelling` on, which may still be on their way to
   * synapses, are entries, with values that are still to be computed. */
  void
  inherit( const size_t lane, const Past& past, const int64_t travelling, const std::vector< double >& values )
  {
    restart( lane, std::max( past.begin, travelling - 1 ), values );
    begin_[ lane ] = past.begin;
    for ( const int64_t step : past.spikes )
    {
      if ( step < travelling )
      {
        older_[ lane ].add( step );
      }
      else
      {
        append( lane, step, values, true );
      }
    }
  }

  /* Add an entry, usually one that is no spike; the kernel's newest entry stays as it is. */
  void
  append( const size_t lane, const int64_t step, const std::vector< double >& values, const bool is_spike = false )
  {
    if ( lanes_[ lane ].size == lanes_[ lane ].capacity )
    {
      grow( lane, INT64_MIN );
    }
    NjHistory& past = lanes_[ lane ];
    NjSlot* const entry = past.entry + past.size++ * stride_;
    entry[ 0 ].key = 2 * step + is_spike;
    for ( size_t s = 0; s < values.size(); ++s )
    {
      entry[ 1 + s ].value = values[ s ];
    }
    hide( entry );
    copy_recent( lane );
  }

private:
  /* Number of the first entry at hand that is not packed as well. */
  size_t
  first_unpacked( const size_t lane ) const
  {
    return packed_[ lane ].empty() ? 0 : 1;
  }

  /* Forget all entries but the newest one before step `needed` and what follows. */
  void
  forget( const size_t lane, const int64_t needed, const bool remember )
  {
    NjHistory& past = lanes_[ lane ];
    const auto note = [ & ]( const int64_t step )
    {
      if ( remember and step > begin_[ lane ] )
      {
        older_[ lane ].add( step );
      }
    };
    const auto step_of = [ & ]( const size_t n ) { return past.entry[ n * stride_ ].key >> 1; };
    size_t from = 0;
    while ( from + 1 < past.size and step_of( from + 1 ) < needed )
    {
      ++from;
    }
    const size_t unpacked = first_unpacked( lane );
    packed_[ lane ].forget( needed, past.size > 1 ? step_of( 1 ) : INT64_MAX, note );
    for ( size_t n = unpacked; n < from; ++n )
    {
      if ( past.entry[ n * stride_ ].key & 1 )
      {
        note( step_of( n ) );
      }
    }
    drop( lane, from );
  }

  /* Take the first entries away. */
  void
  drop( const size_t lane, const size_t entries )
  {
    NjHistory& past = lanes_[ lane ];
    past.size -= static_cast< uint32_t >( entries );
    std::memmove( past.entry, past.entry + entries * stride_, past.size * stride_ * sizeof( NjSlot ) );
  }

  /* Pack all entries but the newest ones, among which are those that are there twice. */
  void
  pack( const size_t lane )
  {
    NjHistory& past = lanes_[ lane ];
    const size_t kept = std::max< size_t >( NJ_RECENT, history_limit() / 2 );
    if ( past.size <= kept )
    {
      return;
    }
    const size_t first = past.size - kept; // of those that stay at hand
    const std::vector< double > parameters = follower_.values( lane );
    for ( size_t n = first_unpacked( lane ); n <= first; ++n )
    {
      packed_[ lane ].add( past.entry + n * stride_, follower_, parameters );
    }
    drop( lane, first );
    packed_until_ = std::max( packed_until_, past.entry->key >> 1 );
  }

  /* Have all of a lane's entries at hand. */
  void
  unpack( const size_t lane )
  {
    if ( not packed_[ lane ].empty() )
    {
      std::vector< NjSlot > entries;
      restore( lane, INT64_MIN, entries );
      NjHistory& past = lanes_[ lane ];
      packed_[ lane ].clear();
      past.size = 0;
      reserve( lane, std::max( past.capacity, static_cast< uint32_t >( entries.size() / stride_ + 1 ) ) );
      std::copy( entries.begin(), entries.end(), past.entry );
      past.size = static_cast< uint32_t >( entries.size() / stride_ );
    }
  }

  void
  reserve( const size_t lane, const uint32_t capacity )
  {
    NjHistory& past = lanes_[ lane ];
    NjSlot* const entries = allocate( capacity, stride_ );
    std::memcpy( entries, past.entry, past.size * stride_ * sizeof( NjSlot ) );
    std::free( past.entry );
    past.entry = entries;
    past.capacity = capacity;
  }

  static NjSlot*
  allocate( const size_t entries, const size_t stride )
  {
    return static_cast< NjSlot* >( aligned( entries * stride * sizeof( NjSlot ) ) );
  }

  /* An entry lacks what only kernels know. */
  void
  hide( NjSlot* const entry ) const
  {
    for ( size_t h = stride_ - hidden_; h < stride_; ++h )
    {
      entry[ h ].value = std::numeric_limits< double >::quiet_NaN();
    }
  }

  /* Fill all lanes' copies of their newest entries. */
  void
  copy_recent()
  {
    recent_.make_room( lanes_.size() );
    for ( size_t lane = 0; lane < lanes_.size(); ++lane )
    {
      copy_recent( lane );
    }
  }

  void
  copy_recent( const size_t lane )
  {
    recent_.copy( lane, lanes_[ lane ], stride_ );
  }

  void
  release()
  {
    for ( const NjHistory& past : lanes_ )
    {
      std::free( past.entry );
    }
    lanes_.clear();
  }

  static constexpr uint32_t first_capacity_ = 4;
  size_t stride_ = 0;
  size_t hidden_ = 0; /* values at the end of an entry that only kernels know */
  std::vector< NjHistory > lanes_;
  std::vector< PackedPast > packed_;
  Follower follower_;
  int64_t packed_until_ = INT64_MIN; /* step of the newest entry that was ever packed */
  std::vector< OlderSpikes > older_;
  std::vector< int64_t > begin_;
  RecentEntries recent_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_HISTORY_H */
