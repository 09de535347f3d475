/* Logarithm, sine and cosine of numbers of 32 bits, without branches and calls: compilers turn the loop into vector
 * instructions. Their relative errors are below 1e-13. */
#include "generators/normal_numbers.h"

#include <cmath>
#include <cstring>

#include "generators/vectorised.h"

#if defined( __SSE2__ )
#include <emmintrin.h>
#endif

namespace nestml_jit
{

namespace
{

/* A word as a signed number: vector instructions convert no other. */
NESTML_JIT_INLINE double
centred( const uint32_t word )
{
  return static_cast< double >( static_cast< int32_t >( word ^ 0x80000000u ) );
}

/* The logarithm of a number between 2^-33 and 1: it is 2^n m with m between sqrt(1/2) and sqrt(2), and log(m) is
 * 2 artanh(s) with s = (m - 1) / (m + 1), by its series. */
NESTML_JIT_INLINE double
log_of( const double x )
{
  constexpr uint64_t one = 0x3FF0000000000000u;
  constexpr uint64_t root = 0x3FE6A09E667F3BCDu; // sqrt(1/2)
  uint64_t bits;
  std::memcpy( &bits, &x, sizeof bits );
  bits += one - root;
  const uint64_t exponent = bits >> 52 | 0x4330000000000000u; // as a number 2^52 more
  bits = ( bits & 0x000FFFFFFFFFFFFFu ) + root;
  double n, m;
  std::memcpy( &n, &exponent, sizeof n );
  std::memcpy( &m, &bits, sizeof m );
  n -= 4503599627370496.0 + 1023.0;
  const double s = ( m - 1.0 ) / ( m + 1.0 );
  const double z = s * s;
  double sum = 1.0 / 15.0;
  sum = sum * z + 1.0 / 13.0;
  sum = sum * z + 1.0 / 11.0;
  sum = sum * z + 1.0 / 9.0;
  sum = sum * z + 1.0 / 7.0;
  sum = sum * z + 1.0 / 5.0;
  sum = sum * z + 1.0 / 3.0;
  return n * 0.6931471805599453 + 2.0 * s * ( 1.0 + z * sum );
}

/* Sine and cosine of an angle between -pi/4 and pi/4, by their series. */
NESTML_JIT_INLINE double
sin_of( const double x )
{
  const double z = x * x;
  double sum = 1.0 / 6227020800.0;
  sum = sum * z - 1.0 / 39916800.0;
  sum = sum * z + 1.0 / 362880.0;
  sum = sum * z - 1.0 / 5040.0;
  sum = sum * z + 1.0 / 120.0;
  sum = sum * z - 1.0 / 6.0;
  return x + x * z * sum;
}

NESTML_JIT_INLINE double
cos_of( const double x )
{
  const double z = x * x;
  double sum = -1.0 / 87178291200.0;
  sum = sum * z + 1.0 / 479001600.0;
  sum = sum * z - 1.0 / 3628800.0;
  sum = sum * z + 1.0 / 40320.0;
  sum = sum * z - 1.0 / 720.0;
  sum = sum * z + 1.0 / 24.0;
  sum = sum * z - 1.0 / 2.0;
  return 1.0 + z * sum;
}

/* Square roots, by an instruction: compilers take `std::sqrt` for a call that may set errno. */
NESTML_JIT_INLINE void
take_roots( double* const x )
{
#if defined( __SSE2__ )
  for ( size_t i = 0; i < normal_group; i += 2 )
  {
    _mm_storeu_pd( x + i, _mm_sqrt_pd( _mm_loadu_pd( x + i ) ) );
  }
#else
  for ( size_t i = 0; i < normal_group; ++i )
  {
    x[ i ] = std::sqrt( x[ i ] );
  }
#endif
}

/* The first two bits of an angle's word are its quarter of a turn, of which the others say which part: it is measured
 * from the middle of the quarter. Factors of 0 and 1 choose, where branches would be in the way. */
NESTML_JIT_INLINE void
turn( const double length, const uint32_t angle, double& first, double& second )
{
  const double part = static_cast< double >( static_cast< int32_t >( angle & 0x3FFFFFFFu ) ) - ( 0x1p29 - 0.5 );
  const double x = part * ( 1.5707963267948966 * 0x1p-30 );
  const double sine = length * sin_of( x );
  const double cosine = length * cos_of( x );
  const double odd = static_cast< double >( static_cast< int32_t >( angle >> 30 & 1u ) );
  const double sign = static_cast< double >( 1 - static_cast< int32_t >( angle >> 30 & 2u ) );
  first = sign * ( odd * sine + ( 1.0 - odd ) * cosine );
  second = sign * ( odd * cosine + ( 1.0 - odd ) * sine );
}

NESTML_JIT_INLINE void
normals_any( const uint32_t* const radius,
  const uint32_t* const angle,
  const size_t size,
  double* const first,
  double* const second )
{
  double length[ normal_group ];
  for ( size_t i = 0; i < size; i += normal_group )
  {
    for ( size_t j = 0; j < normal_group; ++j )
    {
      length[ j ] = -2.0 * log_of( ( centred( radius[ i + j ] ) + 2147483648.5 ) * 0x1p-32 );
    }
    take_roots( length );
    for ( size_t j = 0; j < normal_group; ++j )
    {
      turn( length[ j ], angle[ i + j ], first[ i + j ], second[ i + j ] );
    }
  }
}

NESTML_JIT_AVX2 NESTML_JIT_VECTORISED void
normals_avx2( const uint32_t* const __restrict radius,
  const uint32_t* const __restrict angle,
  const size_t size,
  double* const __restrict first,
  double* const __restrict second )
{
  normals_any( radius, angle, size, first, second );
}

NESTML_JIT_VECTORISED void
normals_plain( const uint32_t* const __restrict radius,
  const uint32_t* const __restrict angle,
  const size_t size,
  double* const __restrict first,
  double* const __restrict second )
{
  normals_any( radius, angle, size, first, second );
}

} // namespace

void
normals_of_words( const uint32_t* const radius,
  const uint32_t* const angle,
  const size_t size,
  double* const first,
  double* const second )
{
  has_avx2() ? normals_avx2( radius, angle, size, first, second ) : normals_plain( radius, angle, size, first, second );
}

} // namespace nestml_jit
