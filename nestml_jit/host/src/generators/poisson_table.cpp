#include "generators/poisson_table.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nestml_jit
{

namespace
{

/* Probabilities below this one are left out: they are smaller than what 64 bits tell apart. */
constexpr long double negligible = 1e-21L;

constexpr unsigned uniform_bits = 64;
constexpr unsigned first_bits = 16;

/* The number of cells, as bits, at which about one draw in 200 is undecided: there is one undecided cell for each
 * threshold, and about six standard deviations of these. */
unsigned
fitting_bits( const double mean )
{
  const double wanted = std::log2( 1200.0 * std::sqrt( mean ) + 1.0 );
  return static_cast< unsigned >( std::clamp( std::ceil( wanted ), 12.0, double( first_bits ) ) );
}

/* The probabilities of counts in a row, the first of which is returned, up to a common factor: from the most likely one
 * each follows from its neighbour. */
uint32_t
likely_counts( const double mean, std::vector< long double >& probability )
{
  const auto mode = static_cast< uint32_t >( mean );
  std::vector< long double > below;
  long double p = 1.0L;
  for ( uint32_t n = mode; n > 0 and p > negligible; --n )
  {
    p *= n / static_cast< long double >( mean );
    below.push_back( p );
  }
  probability.assign( below.rbegin(), below.rend() );
  p = 1.0L;
  for ( uint32_t n = mode; p > negligible; )
  {
    probability.push_back( p );
    p *= static_cast< long double >( mean ) / ++n;
  }
  return mode - static_cast< uint32_t >( below.size() );
}

/* Of each probability the sum with all that follow it: small ones come first, so that the upper tail, which decides about
 * rare events, has small relative errors. */
std::vector< long double >
sums_from_above( const std::vector< long double >& probability )
{
  std::vector< long double > sums( probability.size() );
  std::partial_sum( probability.rbegin(), probability.rend(), sums.rbegin() );
  return sums;
}

} // namespace

PoissonTable::PoissonTable( const double mean, const unsigned bits )
{
  std::vector< long double > probability;
  offset_ = likely_counts( mean, probability );
  const std::vector< long double > above = sums_from_above( probability );
  const long double sum = above.front();
  for ( size_t n = 0; n + 1 < above.size(); ++n )
  {
    const long double missing = std::ldexp( above[ n + 1 ] / sum, uniform_bits );
    if ( missing < 1.0L )
    {
      break;
    }
    const bool is_all = missing >= std::ldexp( 1.0L, uniform_bits );
    thresholds_.push_back( is_all ? 0 : uint64_t( 0 ) - static_cast< uint64_t >( missing ) );
  }
  fill_cells( bits ? bits : fitting_bits( mean ) );
}

void
PoissonTable::fill_cells( const unsigned bits )
{
  shift_ = first_bits - bits;
  cells_.resize( size_t( 1 ) << bits );
  const uint64_t width = uint64_t( 1 ) << ( uniform_bits - bits );
  size_t n = 0;
  for ( size_t c = 0; c < cells_.size(); ++c )
  {
    const uint64_t first = c * width;
    while ( n < thresholds_.size() and thresholds_[ n ] <= first )
    {
      ++n;
    }
    const bool is_decided = n == thresholds_.size() or thresholds_[ n ] > first + ( width - 1 );
    cells_[ c ] = is_decided ? static_cast< uint16_t >( n ) : undecided;
  }
}

uint32_t
PoissonTable::count( const uint64_t uniform ) const
{
  const auto above = std::upper_bound( thresholds_.begin(), thresholds_.end(), uniform );
  return offset_ + static_cast< uint32_t >( above - thresholds_.begin() );
}

} // namespace nestml_jit
