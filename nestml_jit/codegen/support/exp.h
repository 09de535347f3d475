/* exp(x) without branches or calls, so that loops over lanes become vector code; the error is below
   1.5 units in the last place. Below -708 the result stays at exp(-708). */
[[gnu::always_inline]] static inline double nj_exp(double x)
{
  const double bounded = x < -708.0 ? -708.0 : (x > 709.79 ? 709.79 : x);
  const double shifted = bounded * 1.4426950408889634 + 6755399441055744.0; // 1.5 * 2^52: rounds
  const double n = shifted - 6755399441055744.0;
  const double r = (bounded - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
  double p = 1.6059043836821613e-10; // 1/13!
  p = p * r + 2.0876756987868099e-09;
  p = p * r + 2.5052108385441720e-08;
  p = p * r + 2.7557319223985893e-07;
  p = p * r + 2.7557319223985888e-06;
  p = p * r + 2.4801587301587302e-05;
  p = p * r + 1.9841269841269841e-04;
  p = p * r + 1.3888888888888889e-03;
  p = p * r + 8.3333333333333332e-03;
  p = p * r + 4.1666666666666664e-02;
  p = p * r + 1.6666666666666666e-01;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  int64_t bits;
  std::memcpy(&bits, &shifted, sizeof(bits));
  bits = (int64_t)(((uint64_t)bits << 52) + ((uint64_t)1022 << 52));
  double scale;
  std::memcpy(&scale, &bits, sizeof(scale));
  return x > 709.782712893384 ? HUGE_VAL : p * scale * 2.0;
}
/* (exp(x) - 1) / x */
[[gnu::always_inline]] static inline double nj_mean_growth(double x)
{
  return std::fabs(x) < 1e-4 ? 1.0 + x * (0.5 + x * (1.0 / 6.0)) : (nj_exp(x) - 1.0) / x;
}
