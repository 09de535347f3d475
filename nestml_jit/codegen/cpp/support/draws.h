/* Random numbers of all lanes of a tile in a step, side by side: Philox as in random.h, with a counter made of the neuron,
   the step, and the number of the call in the model's text. Neither other lanes nor conditions have a part in it, so a
   lane's number is the same in any tile, slice and thread, whether or not it is used. */
#if defined(__AVX2__)
enum { NJ_WORDS = 4 }; // lanes that are drawn for at once
#else
enum { NJ_WORDS = 2 };
#endif
/* Words of 32 bits in the lower halves; upper halves may have anything. */
typedef uint64_t NjWords __attribute__((vector_size(8 * NJ_WORDS)));
[[gnu::always_inline]] static inline NjWords nj_words(uint64_t x) { return NjWords{} + x; }
[[gnu::always_inline]] static inline NjWords nj_multiply_words(NjWords a, uint64_t b)
{
#if defined(__AVX2__) && defined(__GNUC__) && !defined(__clang__)
  typedef int NjHalves __attribute__((vector_size(8 * NJ_WORDS))); // GCC does not see that one instruction does
  return (NjWords)__builtin_ia32_pmuludq256((NjHalves)a, (NjHalves)nj_words(b));
#else
  return (a & 0xffffffffu) * b;
#endif
}
/* 128 bits for each lane. */
static void nj_draw_bits(const NjBlock* block, const NjTile* tile, uint32_t lag, uint32_t call, uint64_t* first, uint64_t* second)
{
  const uint32_t computed = nj_computed(tile);
  const uint64_t step = uint64_t(block->origin + lag);
  uint64_t node[NJ_TILE];
  for (uint32_t l = 0; l < computed; ++l)
  {
    node[l] = l < tile->lanes ? block->node_id[tile->first_lane + l] : 0;
  }
  for (uint32_t l = 0; l < computed; l += NJ_WORDS)
  {
    NjWords c0 = nj_words(0x80000000u + call), c1 = nj_words(step), c2;
    std::memcpy(&c2, node + l, sizeof(c2));
    NjWords c3 = nj_words(step >> 32) ^ ((c2 >> 32) << 16);
    uint32_t key0 = uint32_t(block->seed), key1 = uint32_t(block->seed >> 32);
    for (int round = 0; round < 10; ++round)
    {
      const NjWords a = nj_multiply_words(c0, 0xD2511F53u), b = nj_multiply_words(c2, 0xCD9E8D57u);
      c0 = (b >> 32) ^ c1 ^ nj_words(key0);
      c1 = b;
      c2 = (a >> 32) ^ c3 ^ nj_words(key1);
      c3 = a;
      key0 += 0x9E3779B9u;
      key1 += 0xBB67AE85u;
    }
    c0 = (c0 << 32) | (c1 & 0xffffffffu);
    c2 = (c2 << 32) | (c3 & 0xffffffffu);
    std::memcpy(first + l, &c0, sizeof(c0));
    std::memcpy(second + l, &c2, sizeof(c2));
  }
}
/* As `nj_unit`, in a form that compilers vectorise: both parts become numbers by their place behind the point. */
[[gnu::always_inline]] static inline double nj_unit_of(uint64_t bits)
{
  const uint64_t upper = (bits >> 32) | 0x4330000000000000u, lower = ((bits & 0xffffffffu) >> 11) | 0x4330000000000000u;
  double high, low; // 2^52 and more
  std::memcpy(&high, &upper, sizeof(high));
  std::memcpy(&low, &lower, sizeof(low));
  return ((high - 0x1p52) * 0x1p21 + (low - 0x1p52)) * 0x1p-53;
}
/* The point of the unit circle at a share of the full turn, 0..1. */
struct NjPoint
{
  double x, y;
};
[[gnu::always_inline]] static inline NjPoint nj_on_circle(double turn)
{
  const double shifted = turn * 4.0 + 6755399441055744.0; // 1.5 * 2^52: rounds
  const double r = 6.283185307179586 * (turn - (shifted - 6755399441055744.0) * 0.25), z = r * r;
  const double sine = nj_fma(r * z, nj_sin_rest(z), r), cosine = nj_fma(z * z, nj_cos_rest(z), nj_fma(-0.5, z, 1.0));
  uint64_t quarter;
  std::memcpy(&quarter, &shifted, sizeof(quarter));
  const double x = quarter & 1 ? sine : cosine, y = quarter & 1 ? cosine : sine;
  return { (quarter + 1) & 2 ? -x : x, quarter & 2 ? -y : y };
}
/* Numbers from 0 (included) to 1 of two calls. */
[[maybe_unused]] static void nj_draw_uniform(
  const NjBlock* block, const NjTile* tile, uint32_t lag, uint32_t call, double* one, double* other)
{
  alignas(64) uint64_t first[NJ_TILE], second[NJ_TILE];
  nj_draw_bits(block, tile, lag, call, first, second);
  const uint32_t computed = nj_computed(tile);
#pragma omp simd
  for (uint32_t l = 0; l < computed; ++l)
  {
    one[l] = nj_unit_of(first[l]);
  }
#pragma omp simd
  for (uint32_t l = 0; l < (other ? computed : 0); ++l)
  {
    other[l] = nj_unit_of(second[l]);
  }
}
/* Normal numbers of two calls: both that Box and Muller's method (1958, doi:10.1214/aoms/1177706645) makes of two uniform
   ones. */
[[maybe_unused]] static void nj_draw_normal(
  const NjBlock* block, const NjTile* tile, uint32_t lag, uint32_t call, double* one, double* other)
{
  alignas(64) uint64_t first[NJ_TILE], second[NJ_TILE];
  nj_draw_bits(block, tile, lag, call, first, second);
  const uint32_t computed = nj_computed(tile);
  double rest[NJ_TILE];
  double* const another = other ? other : rest;
#pragma omp simd
  for (uint32_t l = 0; l < computed; ++l)
  {
    const double radius = std::sqrt(-2.0 * nj_log(1.0 - nj_unit_of(first[l])));
    const NjPoint point = nj_on_circle(nj_unit_of(second[l]));
    one[l] = radius * point.x;
    another[l] = radius * point.y;
  }
}
