#include "synapses/delay_table.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "nest/errors.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

uint16_t
DelayTable::index_of( const uint32_t steps )
{
  if ( last_ < steps_.size() and steps_[ last_ ] == steps )
  {
    return last_; // most connections are made with the delay of the one before
  }
  const uint16_t* const found = find( steps );
  if ( found )
  {
    return last_ = *found;
  }
  if ( steps_.size() > std::numeric_limits< uint16_t >::max() )
  {
    throw_bad_delay( ms_of_delay( steps ),
      "a synapse model from NESTML can have at most 65536 different delays on one thread. Copy it with CopyModel." );
  }
  const auto index = static_cast< uint16_t >( steps_.size() );
  steps_.push_back( steps );
  note( steps, index );
  return index;
}

/* The index of a delay that is there, else null. */
const uint16_t*
DelayTable::find( const uint32_t steps ) const
{
  if ( steps < short_lookup_.size() )
  {
    const uint16_t& index = short_lookup_[ steps ];
    return index < steps_.size() and steps_[ index ] == steps ? &index : nullptr;
  }
  const auto found = long_lookup_.find( steps );
  return found == long_lookup_.end() ? nullptr : &found->second;
}

void
DelayTable::note( const uint32_t steps, const uint16_t index )
{
  if ( steps > longest_short_ )
  {
    long_lookup_[ steps ] = index;
    return;
  }
  short_lookup_.resize( std::max< size_t >( short_lookup_.size(), steps + 1 ), 0 );
  short_lookup_[ steps ] = index;
}

std::vector< uint16_t >
DelayTable::ranks() const
{
  std::vector< uint32_t > by_steps( steps_.size() );
  std::iota( by_steps.begin(), by_steps.end(), 0u );
  std::sort( by_steps.begin(),
    by_steps.end(),
    [ this ]( const uint32_t a, const uint32_t b ) { return steps_[ a ] < steps_[ b ]; } );
  std::vector< uint16_t > rank( steps_.size() );
  for ( size_t r = 0; r < by_steps.size(); ++r )
  {
    rank[ by_steps[ r ] ] = static_cast< uint16_t >( r );
  }
  return rank;
}

} // namespace nestml_jit
