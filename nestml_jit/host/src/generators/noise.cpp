#include "generators/noise.h"

#include <algorithm>

#include "generators/normal_numbers.h"
#include "generators/vectorised.h"
#include "nestml_jit_abi.h"

namespace nestml_jit
{

namespace
{

/* What is drawn with one counter lasts for so many intervals: a number for each of four words. */
constexpr int64_t intervals_per_counter = 4;

/* The counter of an interval and its neighbours: those of other lengths have others. */
uint64_t
block_of( const int64_t step, const int64_t interval )
{
  const auto quarter = static_cast< uint64_t >( step / interval / intervals_per_counter );
  return static_cast< uint64_t >( interval ) << 32 ^ quarter;
}

/* A sum in several parts, which do not wait for each other. */
NESTML_JIT_VECTORISED double
sum_of( const double* const values, const size_t size )
{
  double parts[ 8 ] {};
  size_t i = 0;
  for ( ; i + 8 <= size; i += 8 )
  {
    for ( size_t k = 0; k < 8; ++k )
    {
      parts[ k ] += values[ i + k ];
    }
  }
  for ( ; i < size; ++i )
  {
    parts[ i % 8 ] += values[ i ];
  }
  double sum = 0.0;
  for ( const double part : parts )
  {
    sum += part;
  }
  return sum;
}

} // namespace

NESTML_JIT_VECTORISED void
scale_numbers( const double* const __restrict numbers,
  const double mean,
  const double deviation,
  const size_t size,
  double* const __restrict scaled )
{
  for ( size_t i = 0; i < size; ++i )
  {
    scaled[ i ] = mean + deviation * numbers[ i ];
  }
}

NoiseNumbers::NoiseNumbers( const std::vector< NoiseTarget >& targets )
  : positions_( targets.size() )
{
  uint32_t numbers = 0;
  for ( const NoiseTarget& target : targets )
  {
    numbers = std::max( numbers, target.number + 1 );
  }
  for ( uint32_t number = 0; number < numbers; ++number )
  {
    const size_t begin = node_ids_.size();
    for ( size_t i = 0; i < targets.size(); ++i )
    {
      if ( targets[ i ].number == number )
      {
        positions_[ i ] = static_cast< uint32_t >( node_ids_.size() );
        node_ids_.push_back( targets[ i ].node_id );
      }
    }
    const size_t count = node_ids_.size() - begin;
    node_ids_.resize( ( node_ids_.size() + normal_group - 1 ) / normal_group * normal_group );
    rows_.push_back( { begin, count, node_ids_.size(), number } );
  }
  numbers_.resize( intervals_per_counter * size() );
}

const double*
NoiseNumbers::draw( const PhiloxKey key, const int64_t step, const int64_t interval )
{
  const uint64_t block = block_of( step, interval );
  if ( block + 1 != block_ )
  {
    draw_block( key, block );
    block_ = block + 1;
  }
  return numbers_.data() + static_cast< size_t >( step / interval % intervals_per_counter ) * size();
}

double
NoiseNumbers::mean( const std::vector< double >& values ) const
{
  double sum = 0.0;
  for ( const Row& row : rows_ )
  {
    sum += sum_of( values.data() + row.begin, row.targets );
  }
  return sum / static_cast< double >( positions_.size() );
}

/* Draw tile by tile, so that words stay in the fastest cache. */
void
NoiseNumbers::draw_block( const PhiloxKey key, const uint64_t block )
{
  uint32_t words[ 4 * NJ_TILE ];
  for ( const Row& row : rows_ )
  {
    for ( size_t at = row.begin; at < row.end; at += NJ_TILE )
    {
      const size_t count = std::min< size_t >( NJ_TILE, row.end - at );
      philox_of_targets( node_ids_.data() + at, count, block, row.number, key, words );
      for ( size_t pair = 0; pair < 2; ++pair )
      {
        double* const first = numbers_.data() + 2 * pair * size() + at;
        normals_of_words( words + 2 * pair * count, words + ( 2 * pair + 1 ) * count, count, first, first + size() );
      }
    }
  }
}

} // namespace nestml_jit
