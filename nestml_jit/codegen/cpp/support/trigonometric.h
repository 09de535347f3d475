/* sin, cos, tan without branches or calls. Errors in units in the last place: sin and cos 1, tan 3, for arguments up to
   1e6; 10 up to 2^50; no number for larger ones, which are multiples of 1/4. */
/* (sin(r) / r - 1) / z and (cos(r) - 1 + z / 2) / z^2 with z = r^2, for |r| <= pi / 4 */
[[maybe_unused, gnu::always_inline]] static inline double nj_sin_rest(double z)
{
  double s = 1.5918129294866608e-10;
  s = nj_fma(s, z, -2.5051131845003624e-08);
  s = nj_fma(s, z, 2.755731610255244e-06);
  s = nj_fma(s, z, -1.9841269836758574e-04);
  s = nj_fma(s, z, 8.333333333330948e-03);
  s = nj_fma(s, z, -1.6666666666666666e-01);
  return s;
}
[[maybe_unused, gnu::always_inline]] static inline double nj_cos_rest(double z)
{
  double c = -1.1382632425521717e-11;
  c = nj_fma(c, z, 2.08761462684032e-09);
  c = nj_fma(c, z, -2.7557317271729793e-07);
  c = nj_fma(c, z, 2.480158729876569e-05);
  c = nj_fma(c, z, -1.3888888888887398e-03);
  c = nj_fma(c, z, 4.1666666666666664e-02);
  return c;
}
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
struct NjQuadrant
{
  double sin, cos; // of the angle within its quadrant, -pi/4..pi/4
  uint64_t number;
};
[[gnu::always_inline]] static inline NjQuadrant nj_quadrant(double x)
{
  const double shifted = x * 0.6366197723675814 + 6755399441055744.0; // 2/pi; 1.5 * 2^52: rounds
  const double n = shifted - 6755399441055744.0;
  // pi/2 in three parts; the first difference is exact
  const double first = std::fma(-n, 1.5707963267948966, x);
  const double part = n * 6.123233995736766e-17, part_low = std::fma(n, 6.123233995736766e-17, -part);
  const double second = std::fma(-1.0, part, first); // not contracted with the product
  const double taken = second - first;
  const double lost = (first - (second - taken)) - std::fma(1.0, part, taken);
  const double low = std::fma(-n, -1.4973849048591698e-33, lost - part_low);
  const double r = second + low;
  const double r_low = (second - r) + low;
  const double z = r * r;
  const double s = nj_sin_rest(z), c = nj_cos_rest(z);
  const double half = 0.5 * z, most = 1.0 - half;
  NjQuadrant found;
  found.sin = std::fabs(x) < 1e-8 ? x : r + (z * r * s + r_low);
  found.cos = most + (((1.0 - most) - half) + (z * z * c - r * r_low));
  std::memcpy(&found.number, &shifted, sizeof(found.number));
  return found;
}
[[gnu::always_inline]] static inline double nj_turned(double x, const NjQuadrant& found, uint64_t turns)
{
  const uint64_t number = found.number + turns;
  const double size = number & 1 ? found.cos : found.sin;
  const double y = number & 2 ? -size : size;
  return std::fabs(x) <= 1125899906842624.0 ? y : NAN;
}
[[maybe_unused, gnu::always_inline]] static inline double nj_sin(double x) { return nj_turned(x, nj_quadrant(x), 0); }
[[maybe_unused, gnu::always_inline]] static inline double nj_cos(double x) { return nj_turned(x, nj_quadrant(x), 1); }
[[maybe_unused, gnu::always_inline]] static inline double nj_tan(double x)
{
  const NjQuadrant found = nj_quadrant(x);
  return nj_turned(x, found, 0) / nj_turned(x, found, 1);
}
#else
[[maybe_unused]] static inline double nj_sin(double x) { return std::sin(x); }
[[maybe_unused]] static inline double nj_cos(double x) { return std::cos(x); }
[[maybe_unused]] static inline double nj_tan(double x) { return std::tan(x); }
#endif
