/* Where connections go and how long that takes, in four bytes each where that is enough. */
#ifndef NESTML_JIT_PLACES_H
#define NESTML_JIT_PLACES_H

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "values/large_memory.h"

namespace nestml_jit
{

/* The lane of the target and the index of the delay of each connection.
 *
 * As long as all delays are the same, a word holds a lane. Then lane and delay share it, unless one of the
 * connections has no room for both: then delays are stored apart. */
class Places
{
public:
  size_t
  size() const
  {
    return words_.size();
  }

  bool
  have_one_delay() const
  {
    return layout_ == Layout::same;
  }

  uint32_t
  lane( const size_t i ) const
  {
    return words_[ i ] & mask();
  }

  uint16_t
  delay( const size_t i ) const
  {
    switch ( layout_ )
    {
    case Layout::same:
      return same_;
    case Layout::shared:
      return static_cast< uint16_t >( words_[ i ] >> shift_ );
    default:
      return apart_[ i ];
    }
  }

  /* Bytes that each connection takes. */
  size_t
  bytes() const
  {
    return sizeof( uint32_t ) + ( layout_ == Layout::apart ? sizeof( uint16_t ) : 0 );
  }

  /* Add `n` connections; both arrays have so many entries. */
  void
  append( const size_t n, const uint32_t* const lanes, const uint16_t* const delays )
  {
    if ( n == 0 )
    {
      return;
    }
    same_ = words_.empty() ? delays[ 0 ] : same_;
    const bool is_same = std::all_of( delays, delays + n, [ this ]( const uint16_t delay ) { return delay == same_; } );
    const uint16_t longest = *std::max_element( delays, delays + n );
    make_room( *std::max_element( lanes, lanes + n ), longest, is_same );
    uint32_t* const words = words_.grow( n );
    if ( layout_ != Layout::shared )
    {
      std::copy_n( lanes, n, words );
    }
    for ( size_t i = 0; layout_ == Layout::shared and i < n; ++i )
    {
      words[ i ] = word( lanes[ i ], delays[ i ] );
    }
    if ( layout_ == Layout::apart )
    {
      apart_.append( n, delays );
    }
  }

  void
  set_delay( const size_t i, const uint16_t delay )
  {
    const uint32_t own = lane( i );
    make_room( own, delay, delay == same_ );
    words_[ i ] = word( own, delay );
    if ( layout_ == Layout::apart )
    {
      apart_[ i ] = delay;
    }
  }

  void
  shorten( const size_t size )
  {
    words_.resize( size );
    apart_.resize( std::min( size, apart_.size() ) );
  }

  /* Ask the processor for what is there of `count` connections from `first` on. */
  void
  fetch( const size_t first, const size_t count ) const
  {
    fetch_values( words_.data() + first, count );
    if ( layout_ == Layout::apart )
    {
      fetch_values( apart_.data() + first, count );
    }
  }

  /* Call `change` with each array of an entry per connection; it may change their order. */
  template < typename Change >
  void
  for_each_array( const Change& change )
  {
    change( words_ );
    change( apart_ );
  }

  /* The lanes of `count` connections from `first` on, for those who read an array. The next call may take the
   * array back. */
  const uint32_t*
  lanes( const size_t first, const size_t count )
  {
    if ( layout_ != Layout::shared )
    {
      return words_.data() + first;
    }
    lanes_.resize( std::max( count, lanes_.size() ) );
    const uint32_t* const word = words_.data() + first;
    uint32_t* const to = lanes_.data();
    const uint32_t bits = mask();
    for ( size_t i = 0; i < count; ++i )
    {
      to[ i ] = word[ i ] & bits;
    }
    return to;
  }

  /* The same for indices of delays. */
  const uint16_t*
  delays( const size_t first, const size_t count )
  {
    if ( layout_ == Layout::apart )
    {
      return apart_.data() + first;
    }
    if ( layout_ == Layout::same and delays_.size() >= count and delays_.front() == same_ )
    {
      return delays_.data();
    }
    delays_.resize( std::max( count, delays_.size() ), same_ );
    if ( layout_ == Layout::same )
    {
      std::fill( delays_.begin(), delays_.end(), same_ );
      return delays_.data();
    }
    const uint32_t* const word = words_.data() + first;
    uint16_t* const to = delays_.data();
    const unsigned int shift = shift_;
    for ( size_t i = 0; i < count; ++i )
    {
      to[ i ] = static_cast< uint16_t >( word[ i ] >> shift );
    }
    return to;
  }

private:
  enum class Layout
  {
    same,
    shared,
    apart
  };

  uint32_t
  mask() const
  {
    return layout_ == Layout::shared ? ( uint32_t( 1 ) << shift_ ) - 1 : ~uint32_t( 0 );
  }

  uint32_t
  word( const uint32_t lane, const uint16_t delay ) const
  {
    return layout_ == Layout::shared ? lane | uint32_t( delay ) << shift_ : lane;
  }

  /* Choose a layout for what there is and other connections, with lanes and delays up to these. */
  void
  make_room( const uint32_t lane, const uint16_t delay, const bool is_same )
  {
    highest_lane_ = std::max( highest_lane_, lane );
    highest_delay_ = std::max( highest_delay_, delay );
    const bool fits = layout_ == Layout::apart or ( layout_ == Layout::same and is_same )
      or ( layout_ == Layout::shared and lane <= mask() and delay <= ( ~uint32_t( 0 ) >> shift_ ) );
    if ( not fits )
    {
      lay_out();
    }
  }

  /* Divide words between lanes and delays; both get the same share of the bits that are left. */
  void
  lay_out()
  {
    const unsigned int lane_bits = std::bit_width( highest_lane_ ), delay_bits = std::bit_width( highest_delay_ );
    const bool shared = lane_bits + delay_bits <= 32;
    Places next;
    next.layout_ = shared ? Layout::shared : Layout::apart;
    next.shift_ = shared ? std::min( 31u, lane_bits + ( 32 - lane_bits - delay_bits ) / 2 ) : 0;
    apart_.resize( shared ? 0 : size() );
    for ( size_t i = 0; i < size(); ++i )
    {
      const uint32_t own = lane( i );
      const uint16_t index = layout_ == Layout::same ? same_ : static_cast< uint16_t >( words_[ i ] >> shift_ );
      words_[ i ] = next.word( own, index );
      if ( not shared )
      {
        apart_[ i ] = index;
      }
    }
    layout_ = next.layout_;
    shift_ = next.shift_;
  }

  Layout layout_ = Layout::same;
  unsigned int shift_ = 0; /* bits of a shared word that are the lane's */
  uint16_t same_ = 0;
  uint32_t highest_lane_ = 0;
  uint16_t highest_delay_ = 0;
  LargeVector< uint32_t > words_;
  LargeVector< uint16_t > apart_;
  std::vector< uint32_t > lanes_;  /* of the stretch that was asked for */
  std::vector< uint16_t > delays_; /* the same; or as many of the same as a stretch was long */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_PLACES_H */
