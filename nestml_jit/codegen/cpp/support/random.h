/* Random numbers from a counter: Philox 4x32-10 (Salmon et al. 2011, SC '11, doi:10.1145/2063384.2063405),
   keyed by the seed; the counter is made of the neuron, the step, and the number of the draw in it. So
   results depend neither on the number of threads nor on the order of neurons. */
struct NjRandom
{
  uint64_t seed, node;
  int64_t step;
  uint32_t draw;
};
static inline uint64_t nj_bits(NjRandom& random, uint64_t* more)
{
  uint32_t key0 = uint32_t(random.seed), key1 = uint32_t(random.seed >> 32);
  uint32_t c0 = random.draw++, c1 = uint32_t(random.step), c2 = uint32_t(random.node);
  uint32_t c3 = uint32_t(uint64_t(random.step) >> 32) ^ (uint32_t(random.node >> 32) << 16);
  for (int round = 0; round < 10; ++round)
  {
    const uint64_t a = uint64_t(0xD2511F53u) * c0, b = uint64_t(0xCD9E8D57u) * c2;
    c0 = uint32_t(b >> 32) ^ c1 ^ key0;
    c1 = uint32_t(b);
    c2 = uint32_t(a >> 32) ^ c3 ^ key1;
    c3 = uint32_t(a);
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  *more = (uint64_t(c2) << 32) | c3;
  return (uint64_t(c0) << 32) | c1;
}
/* From 0 (included) to 1. */
static inline double nj_unit(uint64_t bits) { return double(bits >> 11) * 0x1p-53; }
[[maybe_unused]] static double nj_random_uniform(NjRandom& random, double offset, double scale)
{
  uint64_t more;
  return offset + scale * nj_unit(nj_bits(random, &more));
}
[[maybe_unused]] static double nj_random_normal(NjRandom& random, double mean, double deviation)
{
  uint64_t more;
  const double u = 1.0 - nj_unit(nj_bits(random, &more));
  return mean + deviation * std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586 * nj_unit(more));
}
/* Inversion for small means; else the transformed rejection of Hoermann (1993), Insurance: Mathematics and
   Economics 12:39-45. */
[[maybe_unused]] static double nj_random_poisson(NjRandom& random, double mean)
{
  uint64_t more;
  if (!(mean > 0.0))
  {
    return 0.0;
  }
  if (mean < 10.0)
  {
    double p = std::exp(-mean), n = 0.0, u = nj_unit(nj_bits(random, &more));
    while (u >= p && n < 1000.0)
    {
      u -= p;
      n += 1.0;
      p *= mean / n;
    }
    return n;
  }
  const double b = 0.931 + 2.53 * std::sqrt(mean), a = -0.059 + 0.02483 * b;
  const double inverse = 1.1239 + 1.1328 / (b - 3.4), limit = 0.9277 - 3.6224 / (b - 2.0);
  while (true)
  {
    const double u = nj_unit(nj_bits(random, &more)) - 0.5, v = nj_unit(more);
    const double us = 0.5 - std::fabs(u);
    const double n = std::floor((2.0 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= limit)
    {
      return n;
    }
    if (n < 0.0 || (us < 0.013 && v > us))
    {
      continue;
    }
    if (std::log(v * inverse / (a / (us * us) + b)) <= n * std::log(mean) - mean - std::lgamma(n + 1.0))
    {
      return n;
    }
  }
}
