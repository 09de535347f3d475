#include "generators/weighted_input.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "generators/vectorised.h"
#include "nest/time_slices.h"
#include "slice/input_ring.h"

namespace nestml_jit
{

namespace
{

// Loops wait for memory rather than for arithmetic: they need no wider instructions than any machine has.

NESTML_JIT_VECTORISED void
add_one( const double value, const size_t size, double* const __restrict sums )
{
  for ( size_t i = 0; i < size; ++i )
  {
    sums[ i ] += value;
  }
}

NESTML_JIT_VECTORISED void
add_all( const double* const __restrict values, const size_t size, double* const __restrict sums )
{
  for ( size_t i = 0; i < size; ++i )
  {
    sums[ i ] += values[ i ];
  }
}

NESTML_JIT_VECTORISED void
add_weighted( const double* const __restrict weights,
  const double* const __restrict values,
  const size_t size,
  double* const __restrict sums )
{
  for ( size_t i = 0; i < size; ++i )
  {
    sums[ i ] += weights[ i ] * values[ i ];
  }
}

NESTML_JIT_VECTORISED void
multiply( const double* const __restrict weights,
  const double current,
  const size_t size,
  double* const __restrict products )
{
  for ( size_t i = 0; i < size; ++i )
  {
    products[ i ] = weights[ i ] * current;
  }
}

/* What decides which connections are sent to together: connections to the same lane have different numbers. */
auto
part( const InputTarget& a )
{
  return std::make_tuple( a.at.number, a.ring, a.at.channel, a.at.delay );
}

} // namespace

WeightedInput::WeightedInput( const InputTarget* const targets, const size_t size )
  : ring_( *targets->ring )
  , channel_( targets->at.channel )
  , delay_( targets->at.delay )
  , is_stretch_( true )
  , is_finite_( true )
  , has_one_( true )
  , current_( std::numeric_limits< double >::quiet_NaN() )
{
  for ( size_t i = 0; i < size; ++i )
  {
    const InputTarget& target = targets[ i ];
    lanes_.push_back( target.at.lane );
    positions_.push_back( static_cast< uint32_t >( target.position ) );
    weights_.push_back( target.at.weight );
    is_stretch_ = is_stretch_ and target.at.lane == lanes_.front() + i and target.position == positions_.front() + i;
    is_finite_ = is_finite_ and std::isfinite( target.at.weight );
    has_one_ = has_one_ and target.at.weight == weights_.front();
  }
  products_.resize( has_one_ ? 1 : size );
}

/* The input of all lanes in the step in which something arrives that is sent in step `lag`. */
double*
WeightedInput::input( const uint32_t lag ) const
{
  return ring_.active_row( ring_slot( lag + delay_ ), channel_ );
}

/* Have the products of a current and weights. Most currents last for many steps. */
void
WeightedInput::weigh( const double current )
{
  if ( current != current_ )
  {
    multiply( weights_.data(), current, products_.size(), products_.data() );
    current_ = current;
  }
}

void
WeightedInput::send( const uint32_t lag, const double current )
{
  if ( current != 0.0 or not is_finite_ )
  {
    weigh( current );
    add( input( lag ), products_.data(), has_one_ );
  }
}

/* Add values to the sums of all lanes: one for each of them, or the same to all. */
void
WeightedInput::add( double* const sums, const double* const values, const bool same ) const
{
  if ( is_stretch_ )
  {
    double* const stretch = sums + lanes_.front();
    same ? add_one( *values, lanes_.size(), stretch ) : add_all( values, lanes_.size(), stretch );
    return;
  }
  for ( size_t i = 0; i < lanes_.size(); ++i )
  {
    sums[ lanes_[ i ] ] += values[ same ? 0 : i ];
  }
}

void
WeightedInput::send_each( const uint32_t lag, const double* const currents )
{
  double* const sums = input( lag );
  if ( is_stretch_ )
  {
    add_weighted( weights_.data(), currents + positions_.front(), lanes_.size(), sums + lanes_.front() );
    return;
  }
  for ( size_t i = 0; i < lanes_.size(); ++i )
  {
    sums[ lanes_[ i ] ] += weights_[ i ] * currents[ positions_[ i ] ];
  }
}

std::vector< WeightedInput >
weighted_inputs( std::vector< InputTarget >& targets )
{
  const auto key = []( const InputTarget& a ) { return std::tuple_cat( part( a ), std::make_tuple( a.at.lane ) ); };
  std::stable_sort( targets.begin(),
    targets.end(),
    [ & ]( const InputTarget& a, const InputTarget& b ) { return key( a ) < key( b ); } );
  std::vector< WeightedInput > made;
  for ( size_t begin = 0, end = 0; begin < targets.size(); begin = end )
  {
    while ( end < targets.size() and part( targets[ end ] ) == part( targets[ begin ] ) )
    {
      ++end;
    }
    made.emplace_back( targets.data() + begin, end - begin );
  }
  return made;
}

} // namespace nestml_jit
