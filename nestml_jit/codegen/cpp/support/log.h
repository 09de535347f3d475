/* Logarithms and powers without branches or calls. Errors in units in the last place: log 1, log10 2, pow 1.
   x = 2^n m with m in sqrt(1/2)..sqrt(2), and log(m) = 2 artanh(s) with s = (m - 1) / (m + 1). */
struct NjScaled
{
  double n, m;
};
[[gnu::always_inline]] static inline NjScaled nj_split(double x)
{
  const bool tiny = x < 2.2250738585072014e-308;
  const double scaled = tiny ? x * 18014398509481984.0 : x; // 2^54
  uint64_t bits;
  std::memcpy(&bits, &scaled, sizeof(bits));
  bits += 0x3ff0000000000000u - 0x3fe6a09e667f3bcdu;
  const uint64_t exponent = (bits >> 52) | 0x4330000000000000u; // 2^52 + exponent
  bits = (bits & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu;
  NjScaled found;
  std::memcpy(&found.n, &exponent, sizeof(found.n));
  std::memcpy(&found.m, &bits, sizeof(found.m));
  found.n = found.n - (4503599627370496.0 + 1023.0) - (tiny ? 54.0 : 0.0);
  return found;
}
/* 2 artanh(s) = 2 s + s^3 (2/3 + z p(z)), z = s^2 */
[[gnu::always_inline]] static inline double nj_artanh_rest(double z)
{
  double p = 0.1291349606680315;
  p = nj_fma(p, z, 0.13285967273890614);
  p = nj_fma(p, z, 0.1538557450045883);
  p = nj_fma(p, z, 0.18181808251607398);
  p = nj_fma(p, z, 0.2222222227107745);
  p = nj_fma(p, z, 0.2857142857133856);
  return nj_fma(p, z, 0.40000000000000024);
}
[[gnu::always_inline]] static inline double nj_log(double x)
{
  const NjScaled found = nj_split(x);
  const double f = found.m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  const double rest = z * nj_fma(z, nj_artanh_rest(z), 0.66666666666666663);
  const double half = 0.5 * f * f; // 2 s = f - s f, and f - half + s (half + ...) has the smaller rounding errors
  const double small = nj_fma(s, half + rest, found.n * 1.90821492927058770002e-10);
  const double y = nj_fma(found.n, 6.93147180369123816490e-01, -((half - small) - f));
  const double bounded = x < HUGE_VAL ? y : x;
  return x > 0.0 ? bounded : (x == 0.0 ? -HUGE_VAL : NAN);
}
[[maybe_unused, gnu::always_inline]] static inline double nj_log10(double x)
{
  return nj_log(x) * 0.4342944819032518;
}
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
/* pow(x, y): y log(x) with twice the digits, of which the exponential takes the larger part. */
[[maybe_unused, gnu::always_inline]] static inline double nj_pow(double x, double y)
{
  const double size = std::fabs(x);
  const NjScaled found = nj_split(size);
  const double f = found.m - 1.0;
  const double d = 2.0 + f, d_low = f - (d - 2.0);
  const double s = f / d;
  const double s_low = (std::fma(-s, d, f) - s * d_low) / d;
  const double z = s * s, z_low = std::fma(s, s, -z) + 2.0 * s * s_low;
  // 2/3 s^3
  const double c = z * 0.66666666666666663;
  const double c_low = std::fma(z, 0.66666666666666663, -c) + z * 3.7007434154171886e-17 + z_low * 0.66666666666666663;
  const double t = c * s, t_low = std::fma(c, s, -t) + c_low * s + c * s_low;
  const double rest = t_low + 2.0 * s_low + z * z * s * nj_artanh_rest(z) + found.n * 2.3190468138462996e-17;
  const double n = found.n * 0.6931471805599453, n_low = std::fma(found.n, 0.6931471805599453, -n);
  const double a = n + 2.0 * s, a_low = n == 0.0 ? 0.0 : 2.0 * s - (a - n);
  const double b = a + t, b_low = t - (b - a);
  const double log = b + (rest + (a_low + b_low + n_low));
  const double log_low = (b - log) + (rest + (a_low + b_low + n_low));
  const double exponent = y * log;
  const double rounding = std::fma(y, log, -exponent) + y * log_low;
  const double grown = nj_exp(exponent);
  const double finite = grown > 0.0 && grown < HUGE_VAL ? grown * rounding + grown : grown;
  const double edge = (y > 0.0) == (size > 1.0) ? HUGE_VAL : 0.0; // 0 or inf as base or exponent
  const bool is_edge = size == 0.0 || size == HUGE_VAL || std::fabs(y) == HUGE_VAL;
  const double positive = is_edge ? (size == 1.0 ? 1.0 : edge) : finite;
  const double whole = std::floor(y), half = 0.5 * y;
  const bool odd = whole == y && std::floor(half) != half;
  const double negative = odd ? -positive : (whole == y ? positive : (is_edge ? positive : NAN));
  const double result = std::copysign(1.0, x) < 0.0 ? negative : positive;
  return y == 0.0 || x == 1.0 ? 1.0 : (x != x || y != y ? NAN : result);
}
#else
[[maybe_unused]] static inline double nj_pow(double x, double y) { return std::pow(x, y); }
#endif
