/* sinh, cosh, tanh without branches or calls; errors in units in the last place: 2, 2, 3. */
[[maybe_unused, gnu::always_inline]] static inline double nj_cosh(double x)
{
  const double half = nj_exp_scaled(std::fabs(x), -1);
  return half + 0.25 / half;
}
[[maybe_unused, gnu::always_inline]] static inline double nj_sinh(double x)
{
  const double size = std::fabs(x);
  const double half = nj_exp_scaled(size, -1);
  const double grown = nj_expm1(size);
  const double y = size < 1.0 ? 0.5 * (grown + grown / (grown + 1.0)) : half - 0.25 / half;
  return std::copysign(y, x);
}
[[maybe_unused, gnu::always_inline]] static inline double nj_tanh(double x)
{
  const double size = std::fabs(x);
  const double grown = nj_expm1(2.0 * size);
  const double y = size < 22.0 ? grown / (grown + 2.0) : 1.0;
  return x == x ? std::copysign(y, x) : x;
}
