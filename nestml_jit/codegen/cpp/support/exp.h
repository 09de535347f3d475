/* Exponential functions without branches or calls, so that loops over lanes become vector code. Errors in units in
   the last place: exp 1, exp_normal 2, expm1 2 (largest seen: tests/codegen/test_functions.py). */

/* exp(r) - 1 for |r| <= log(2) / 2: the polynomial has a relative error of 1e-17. */
[[gnu::always_inline]] static inline double nj_expm1_near(double r)
{
  const double r2 = r * r;
  double even = 2.7620075879983367e-07;
  even = nj_fma(even, r2, 2.4801521322368692e-05);
  even = nj_fma(even, r2, 1.3888888917196719e-03);
  even = nj_fma(even, r2, 4.1666666666624164e-02);
  even = nj_fma(even, r2, 0.5);
  double odd = 2.5100375832561234e-08;
  odd = nj_fma(odd, r2, 2.7557268480310024e-06);
  odd = nj_fma(odd, r2, 1.9841269863040545e-04);
  odd = nj_fma(odd, r2, 8.333333333330065e-03);
  odd = nj_fma(odd, r2, 1.6666666666666669e-01);
  return nj_fma(r2, nj_fma(odd, r, even), r);
}
/* exp(r) for the same r, by the same polynomial in fewer dependent operations. */
[[gnu::always_inline]] static inline double nj_exp_near(double r)
{
  const double r2 = r * r, r4 = r2 * r2;
  const double p2 = nj_fma(2.5100375832561234e-08, r, 2.7620075879983367e-07);
  const double p1 = nj_fma(nj_fma(2.7557268480310024e-06, r, 2.4801521322368692e-05), r2,
    nj_fma(1.9841269863040545e-04, r, 1.3888888917196719e-03));
  const double p0 = nj_fma(
    nj_fma(8.333333333330065e-03, r, 4.1666666666624164e-02), r2, nj_fma(1.6666666666666669e-01, r, 0.5));
  return nj_fma(nj_fma(nj_fma(p2, r4, p1), r4, p0), r2, 1.0 + r);
}
/* x as n log(2) + r; the whole number n is in the lower bits of `bits`, if it is not too large for that. */
struct NjReduced
{
  double r;
  uint64_t bits;
};
[[gnu::always_inline]] static inline NjReduced nj_reduce(double x)
{
  const double shifted = nj_fma(x, 1.4426950408889634, 6755399441055744.0); // 1.5 * 2^52: rounds
  const double n = shifted - 6755399441055744.0;
  NjReduced found;
  found.r = nj_fma(-n, 1.90821492927058770002e-10, nj_fma(-n, 6.93147180369123816490e-01, x));
  std::memcpy(&found.bits, &shifted, sizeof(found.bits));
  return found;
}
[[gnu::always_inline]] static inline double nj_power_of_two(uint64_t biased)
{
  const uint64_t bits = biased << 52;
  double value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}
/* exp(x) 2^shift. The power of two is made of two factors, so that small results lose bits only gradually. */
[[gnu::always_inline]] static inline double nj_exp_scaled(double x, int shift)
{
  const NjReduced found = nj_reduce(x);
  const uint64_t power = (found.bits + uint64_t(2046 + shift)) & 0xfff;
  const uint64_t half = power >> 1;
  const double y = nj_expm1_near(found.r) + 1.0;
  const double scaled = y * nj_power_of_two(half) * nj_power_of_two(power - half);
  const double bounded = x > -746.0 - shift * 0.6931471805599453 ? scaled : 0.0;
  const double large = x > 709.782712893384 - shift * 0.6931471805599453 ? HUGE_VAL : bounded;
  return x == x ? large : x;
}
[[gnu::always_inline]] static inline double nj_exp(double x) { return nj_exp_scaled(x, 0); }
/* The same in fewer instructions, but 0 where exp(x) is no normal number (below 2.2e-308): for right-hand sides. */
[[maybe_unused, gnu::always_inline]] static inline double nj_exp_normal(double x)
{
  const NjReduced found = nj_reduce(x);
  const double y = nj_exp_near(found.r);
  uint64_t bits;
  std::memcpy(&bits, &y, sizeof(bits));
  bits += found.bits << 52; // adds n to the exponent
  double scaled;
  std::memcpy(&scaled, &bits, sizeof(scaled));
  const double bounded = x > -708.39 ? scaled : 0.0;
  return x <= 709.782712893384 ? bounded : x * HUGE_VAL;
}
[[gnu::always_inline]] static inline double nj_expm1(double x)
{
  const NjReduced found = nj_reduce(x);
  const double half = nj_power_of_two((found.bits + 1022) & 0x7ff); // 2^(n - 1)
  const double y = 2.0 * nj_fma(half, nj_expm1_near(found.r), half - 0.5);
  const double bounded = x > -40.0 ? y : -1.0;
  const double large = x > 709.782712893384 ? HUGE_VAL : bounded;
  return std::fabs(x) > 1e-17 ? large : x; // also if it is no number
}
/* (exp(x) - 1) / x */
[[maybe_unused, gnu::always_inline]] static inline double nj_mean_growth(double x)
{
  return x == 0.0 ? 1.0 : nj_expm1(x) / x;
}
