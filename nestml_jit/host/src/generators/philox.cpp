#include "generators/philox.h"

#if defined( __x86_64__ )
#include <immintrin.h>
#endif

namespace nestml_jit
{

namespace
{

/* The same on any machine, one target after the other. */
void
philox_one_by_one( const uint64_t* const targets,
  const size_t size,
  const uint64_t block,
  const uint32_t number,
  const PhiloxKey key,
  uint32_t* const words )
{
  for ( size_t i = 0; i < size; ++i )
  {
    const PhiloxWords drawn = philox( philox_counter( block, targets[ i ], number ), key );
    for ( size_t w = 0; w < drawn.size(); ++w )
    {
      words[ w * size + i ] = drawn[ w ];
    }
  }
}

#if defined( __x86_64__ )

/* A word of four targets, each in the lower half of 64 bits; what the upper halves are does not matter. */
using Quad = __m256i;

/* The words of sixteen targets: with fewer, a round would wait for the one before. */
constexpr int quads = 4;

struct Sixteen
{
  Quad word[ 4 ][ quads ];
};

__attribute__( ( target( "avx2" ) ) ) inline Sixteen
counters_of_sixteen( const uint64_t* const targets, const uint64_t block, const uint32_t number )
{
  Sixteen c;
  for ( int q = 0; q < quads; ++q )
  {
    const Quad target = _mm256_loadu_si256( reinterpret_cast< const Quad* >( targets ) + q );
    c.word[ 0 ][ q ] = _mm256_set1_epi64x( static_cast< int64_t >( block ) );
    c.word[ 1 ][ q ] = _mm256_set1_epi64x( static_cast< int64_t >( block >> 32 ) );
    c.word[ 2 ][ q ] = target;
    c.word[ 3 ][ q ] =
      _mm256_or_si256( _mm256_set1_epi64x( number ), _mm256_slli_epi64( _mm256_srli_epi64( target, 32 ), 16 ) );
  }
  return c;
}

__attribute__( ( target( "avx2" ) ) ) inline void
advance_sixteen( Sixteen& c, PhiloxKey key )
{
  const Quad multiplier_0 = _mm256_set1_epi64x( philox_multiplier_0 );
  const Quad multiplier_1 = _mm256_set1_epi64x( philox_multiplier_1 );
  for ( int round = 0; round < philox_rounds; ++round, key.advance() )
  {
    const Quad low = _mm256_set1_epi64x( key.low );
    const Quad high = _mm256_set1_epi64x( key.high );
    for ( int q = 0; q < quads; ++q )
    {
      const Quad a = _mm256_mul_epu32( c.word[ 0 ][ q ], multiplier_0 );
      const Quad b = _mm256_mul_epu32( c.word[ 2 ][ q ], multiplier_1 );
      c.word[ 0 ][ q ] = _mm256_xor_si256( _mm256_xor_si256( _mm256_srli_epi64( b, 32 ), c.word[ 1 ][ q ] ), low );
      c.word[ 1 ][ q ] = b;
      c.word[ 2 ][ q ] = _mm256_xor_si256( _mm256_xor_si256( _mm256_srli_epi64( a, 32 ), c.word[ 3 ][ q ] ), high );
      c.word[ 3 ][ q ] = a;
    }
  }
}

/* The lower halves of eight times 64 bits, in order. */
__attribute__( ( target( "avx2" ) ) ) inline __m256i
lower_halves( const Quad& former, const Quad& latter )
{
  const __m256i even = _mm256_setr_epi32( 0, 2, 4, 6, 0, 2, 4, 6 );
  const __m256i first = _mm256_permutevar8x32_epi32( former, even );
  const __m256i second = _mm256_permutevar8x32_epi32( latter, even );
  return _mm256_blend_epi32( first, second, 0xF0 );
}

__attribute__( ( target( "avx2" ) ) ) void
philox_by_sixteens( const uint64_t* const targets,
  const size_t size,
  const uint64_t block,
  const uint32_t number,
  const PhiloxKey key,
  uint32_t* const words )
{
  for ( size_t i = 0; i < size; i += philox_group )
  {
    Sixteen c = counters_of_sixteen( targets + i, block, number );
    advance_sixteen( c, key );
    for ( size_t w = 0; w < 4; ++w )
    {
      auto* const place = reinterpret_cast< __m256i* >( words + w * size + i );
      _mm256_storeu_si256( place, lower_halves( c.word[ w ][ 0 ], c.word[ w ][ 1 ] ) );
      _mm256_storeu_si256( place + 1, lower_halves( c.word[ w ][ 2 ], c.word[ w ][ 3 ] ) );
    }
  }
}

#endif

} // namespace

void
philox_of_targets( const uint64_t* const targets,
  const size_t size,
  const uint64_t block,
  const uint32_t number,
  const PhiloxKey key,
  uint32_t* const words )
{
#if defined( __x86_64__ )
  if ( __builtin_cpu_supports( "avx2" ) )
  {
    philox_by_sixteens( targets, size, block, number, key, words );
    return;
  }
#endif
  philox_one_by_one( targets, size, block, number, key, words );
}

} // namespace nestml_jit
