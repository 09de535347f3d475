/* Loops of a fixed length, which compilers turn into vector instructions: each is there for AVX2 and for any machine. */
#include "generators/poisson_counts.h"

#include "generators/vectorised.h"

namespace nestml_jit
{

namespace
{

// --- halves of words -----------------------------------------------------------------------------------

NESTML_JIT_INLINE void
split_any( const uint32_t* const words, const size_t size, uint16_t* const lower, uint16_t* const upper )
{
  for ( size_t i = 0; i < size; i += count_group )
  {
    for ( size_t j = i; j < i + count_group; ++j )
    {
      lower[ j ] = static_cast< uint16_t >( words[ j ] );
      upper[ j ] = static_cast< uint16_t >( words[ j ] >> 16 );
    }
  }
}

NESTML_JIT_AVX2 NESTML_JIT_VECTORISED void
split_avx2( const uint32_t* const __restrict words,
  const size_t size,
  uint16_t* const __restrict lower,
  uint16_t* const __restrict upper )
{
  split_any( words, size, lower, upper );
}

NESTML_JIT_VECTORISED void
split_plain( const uint32_t* const __restrict words,
  const size_t size,
  uint16_t* const __restrict lower,
  uint16_t* const __restrict upper )
{
  split_any( words, size, lower, upper );
}

// --- sums ----------------------------------------------------------------------------------------------

NESTML_JIT_INLINE void
add_any( const uint16_t* const counts,
  const uint32_t offset,
  const double* const weights,
  const size_t size,
  double* const sums )
{
  const auto add = [ & ]( const size_t i )
  { sums[ i ] += weights[ i ] * static_cast< double >( static_cast< int32_t >( counts[ i ] + offset ) ); };
  size_t i = 0;
  for ( ; i + count_group <= size; i += count_group )
  {
    for ( size_t j = i; j < i + count_group; ++j )
    {
      add( j );
    }
  }
  for ( ; i < size; ++i )
  {
    add( i );
  }
}

NESTML_JIT_AVX2 NESTML_JIT_VECTORISED void
add_avx2( const uint16_t* const __restrict counts,
  const uint32_t offset,
  const double* const __restrict weights,
  const size_t size,
  double* const __restrict sums )
{
  add_any( counts, offset, weights, size, sums );
}

NESTML_JIT_VECTORISED void
add_plain( const uint16_t* const __restrict counts,
  const uint32_t offset,
  const double* const __restrict weights,
  const size_t size,
  double* const __restrict sums )
{
  add_any( counts, offset, weights, size, sums );
}

} // namespace

void
split_words( const uint32_t* const words, const size_t size, uint16_t* const lower, uint16_t* const upper )
{
  has_avx2() ? split_avx2( words, size, lower, upper ) : split_plain( words, size, lower, upper );
}

/* A table of a few kilobytes stays in the fastest cache, and no two look-ups wait for each other. */
bool
count_spikes( const PoissonTable& table,
  const uint16_t* const __restrict bits,
  const size_t size,
  uint16_t* const __restrict counts )
{
  const uint16_t* const __restrict cells = table.cells();
  const unsigned shift = table.shift();
  unsigned undecided = 0;
  for ( size_t i = 0; i < size; ++i )
  {
    const uint16_t cell = cells[ bits[ i ] >> shift ];
    undecided |= cell == PoissonTable::undecided;
    counts[ i ] = cell;
  }
  return not undecided;
}

void
add_counts( const uint16_t* const counts,
  const uint32_t offset,
  const double* const weights,
  const size_t size,
  double* const sums )
{
  has_avx2() ? add_avx2( counts, offset, weights, size, sums ) : add_plain( counts, offset, weights, size, sums );
}

} // namespace nestml_jit
