/* Random numbers from a counter: Philox 4x32-10 (Salmon et al. 2011, SC '11, doi:10.1145/2063384.2063405). */
#ifndef NESTML_JIT_PHILOX_H
#define NESTML_JIT_PHILOX_H

#include <array>
#include <cstddef>
#include <cstdint>

namespace nestml_jit
{

constexpr uint32_t philox_multiplier_0 = 0xD2511F53u;
constexpr uint32_t philox_multiplier_1 = 0xCD9E8D57u;
constexpr int philox_rounds = 10;

/* Four words: a counter, or what is drawn with it. */
using PhiloxWords = std::array< uint32_t, 4 >;

struct PhiloxKey
{
  uint32_t low;
  uint32_t high;

  /* The key of the next round. */
  constexpr void
  advance()
  {
    low += 0x9E3779B9u;
    high += 0xBB67AE85u;
  }
};

/* What is drawn with one counter. */
inline PhiloxWords
philox( const PhiloxWords& counter, PhiloxKey key )
{
  PhiloxWords c = counter;
  for ( int round = 0; round < philox_rounds; ++round, key.advance() )
  {
    const uint64_t a = uint64_t( philox_multiplier_0 ) * c[ 0 ];
    const uint64_t b = uint64_t( philox_multiplier_1 ) * c[ 2 ];
    c = { static_cast< uint32_t >( b >> 32 ) ^ c[ 1 ] ^ key.low,
      static_cast< uint32_t >( b ),
      static_cast< uint32_t >( a >> 32 ) ^ c[ 3 ] ^ key.high,
      static_cast< uint32_t >( a ) };
  }
  return c;
}

/* The counter of a target, for a block of steps and a number of less than 2^16. */
inline PhiloxWords
philox_counter( const uint64_t block, const uint64_t target, const uint32_t number )
{
  return { static_cast< uint32_t >( block ),
    static_cast< uint32_t >( block >> 32 ),
    static_cast< uint32_t >( target ),
    static_cast< uint32_t >( target >> 32 ) << 16 | number };
}

/* Targets that are drawn for side by side. */
constexpr size_t philox_group = 16;

/* Draw with the counters of several targets, a multiple of `philox_group`: words[ w * size + i ] is word w of target i. */
void philox_of_targets( const uint64_t* targets,
  size_t size,
  uint64_t block,
  uint32_t number,
  PhiloxKey key,
  uint32_t* words );

} // namespace nestml_jit

#endif /* NESTML_JIT_PHILOX_H */
