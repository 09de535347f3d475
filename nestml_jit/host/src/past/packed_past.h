/* The part of a neuron's past that only connections far behind still need, in two or three bytes for a spike. */
#ifndef NESTML_JIT_PACKED_PAST_H
#define NESTML_JIT_PACKED_PAST_H

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "nestml_jit_abi.h"
#include "past/follower.h"
#include "values/slots.h"

namespace nestml_jit
{

/* A neuron's older entries, oldest first.
 *
 * Stretches begin with an entry as it is and the parameters that hold for it. Of each other entry only the step is kept,
 * as the difference from the one before: its values follow from that bit by bit, or else a new stretch begins. */
class PackedPast
{
public:
  bool
  empty() const
  {
    return stretches_.empty();
  }

  /* How many entries are at hand as well: the last one. */
  size_t
  overlap() const
  {
    return empty() ? 0 : 1;
  }

  /* Add an entry; the one in front of it in memory, if there are any already, was added last. */
  void
  add( const NjSlot* const entry, const Follower& follower, const std::vector< double >& parameters )
  {
    const int64_t step = entry->key >> 1;
    if ( not continues( entry, follower, parameters ) )
    {
      stretches_.push_back( { { entry, entry + follower.stride }, parameters, {}, step, 1 } );
      return;
    }
    Stretch& last = stretches_.back();
    for ( auto more = static_cast< uint64_t >( step - last.newest );; more >>= 7 )
    {
      last.steps.push_back( static_cast< uint8_t >( more < 128 ? more : more % 128 + 128 ) );
      if ( more < 128 )
      {
        break;
      }
    }
    last.newest = step;
    ++last.size;
  }

  /* Append all entries to an array, from one before step `needed` on, if there is one. */
  void
  restore( const int64_t needed, const Follower& follower, std::vector< NjSlot >& entries ) const
  {
    size_t first = stretches_.size();
    while ( first > 0 and ( first == stretches_.size() or begin( first ) >= needed ) )
    {
      --first;
    }
    for ( size_t s = first; s < stretches_.size(); ++s )
    {
      const Stretch& stretch = stretches_[ s ];
      size_t place = entries.size();
      entries.resize( place + stretch.size * follower.stride );
      std::copy( stretch.head.begin(), stretch.head.end(), entries.begin() + static_cast< long >( place ) );
      const Follower::Parameters parameters = follower.parameters_of( stretch.parameters );
      for_each_other( stretch,
        [ & ]( const int64_t step )
        {
          place += follower.stride;
          follower.write( entries.data() + place, step, parameters );
        } );
    }
  }

  /* Forget stretches that hold no entry that a connection can ask for, which is the newest one before step `needed`
   * and all that follow; `next` is the step of the entry behind the last stretch. Calls `spike( step )` for each
   * spike that is forgotten. */
  template < typename Spike >
  void
  forget( const int64_t needed, const int64_t next, Spike spike )
  {
    size_t gone = 0;
    while ( gone < stretches_.size() and ( gone + 1 < stretches_.size() ? begin( gone + 1 ) : next ) < needed )
    {
      for_each_spike( stretches_[ gone++ ], spike );
    }
    stretches_.erase( stretches_.begin(), stretches_.begin() + static_cast< long >( gone ) );
    if ( stretches_.empty() )
    {
      clear();
    }
  }

  void
  clear()
  {
    std::vector< Stretch >().swap( stretches_ );
  }

  /* Call `spike( step )` for each spike, oldest first. */
  template < typename Spike >
  void
  for_each_spike( Spike spike ) const
  {
    for ( const Stretch& stretch : stretches_ )
    {
      for_each_spike( stretch, spike );
    }
  }

  size_t
  bytes() const
  {
    size_t sum = stretches_.capacity() * sizeof( Stretch );
    for ( const Stretch& stretch : stretches_ )
    {
      sum += stretch.head.capacity() * sizeof( NjSlot ) + stretch.parameters.capacity() * sizeof( double )
        + stretch.steps.capacity();
    }
    return sum;
  }

private:
  static constexpr size_t longest_ = 256; /* entries: as many at most are computed in vain */

  struct Stretch
  {
    std::vector< NjSlot > head;
    std::vector< double > parameters;
    std::vector< uint8_t > steps; /* seven bits in each byte, lowest first, the last one without the eighth */
    int64_t newest;
    size_t size;
  };

  int64_t
  begin( const size_t s ) const
  {
    return stretches_[ s ].head.front().key >> 1;
  }

  /* Whether the last stretch can go on with an entry. */
  bool
  continues( const NjSlot* const entry, const Follower& follower, const std::vector< double >& parameters ) const
  {
    if ( stretches_.empty() or stretches_.back().size == longest_ or not( entry->key & 1 ) )
    {
      return false;
    }
    const std::vector< double >& held = stretches_.back().parameters;
    if ( not std::equal( held.begin(), held.end(), parameters.begin(), parameters.end(), is_same ) )
    {
      return false;
    }
    const size_t stride = follower.stride;
    std::vector< NjSlot > both( entry - stride, entry );
    both.resize( 2 * stride );
    follower.write( both.data() + stride, entry->key >> 1, follower.parameters_of( parameters ) );
    return std::memcmp( both.data() + stride, entry, stride * sizeof( NjSlot ) ) == 0;
  }

  /* Call `other( step )` for each entry but the first. */
  template < typename Other >
  static void
  for_each_other( const Stretch& stretch, Other other )
  {
    int64_t step = stretch.head.front().key >> 1;
    uint64_t more = 0;
    unsigned int bits = 0;
    for ( const uint8_t byte : stretch.steps )
    {
      more |= uint64_t( byte % 128 ) << bits;
      bits += 7;
      if ( byte < 128 )
      {
        other( step += static_cast< int64_t >( more ) );
        more = bits = 0;
      }
    }
  }

  template < typename Spike >
  static void
  for_each_spike( const Stretch& stretch, Spike spike )
  {
    if ( stretch.head.front().key & 1 )
    {
      spike( stretch.head.front().key >> 1 );
    }
    for_each_other( stretch, spike );
  }

  std::vector< Stretch > stretches_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_PACKED_PAST_H */
