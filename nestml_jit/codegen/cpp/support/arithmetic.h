/* As std::min and std::max: the first one if they are equal or cannot be compared. */
static inline double nj_min(double a, double b) { return b < a ? b : a; }
static inline double nj_max(double a, double b) { return a < b ? b : a; }
static inline double nj_clip(double x, double low, double high) { return nj_min(high, nj_max(low, x)); }
/* std::pow(x, 0.5), which differs from std::sqrt for -0 and -infinity. */
static inline double nj_root(double x) { return x == -HUGE_VAL ? HUGE_VAL : std::sqrt(x) + 0.0; }
template <int N> static inline double nj_power(double x)
{
  const double half = nj_power<N / 2>(x);
  return N % 2 ? x * half * half : half * half;
}
template <> inline double nj_power<1>(double x) { return x; }
/* What arrives at a lane in a step, which leaves the ring; nothing if that is known. */
template <bool inactive> static inline double nj_take(double* arrived)
{
  if (inactive)
  {
    return 0.0;
  }
  const double x = *arrived;
  *arrived = 0.0;
  return x;
}
/* The end of a step in ms: the double nearest to the decimal number, so that intervals which are equal on
   the grid compare as equal. (A product could be fused with a difference of times, unrounded.) */
static inline double nj_time(int64_t step, double h)
{
  const double nanoseconds = std::rint(h * 1e6);
  return std::fabs(h * 1e6 - nanoseconds) < 1e-6 ? double(step) * nanoseconds / 1e6 : double(step) * h;
}
/* Steps that a time in ms takes, rounded up after rounding to 1 us as NEST does. */
static inline double nj_steps(double x, double h)
{
  return std::ceil(std::floor(x * 1000.0 + 0.5) / std::rint(h * 1000.0));
}
/* A timer's next value: the decimal number with at most nine places that exact arithmetic gives, if
   there is one within rounding, so that a count of steps never gains or loses one.

   The two terms of 1e-9 make the product with any n below 2^52 the quotient n / 1e9, correctly rounded. */
static inline double nj_count(double x, double change)
{
  const double z = x * 1e9 + change * 1e9;
  const double n = std::rint(z);
#ifdef __FMA__
  const double near = std::fma(n, 1e-9, n * -6.228159145777985e-26);
#else
  const double near = n / 1e9;
#endif
  return std::fabs(z - n) <= 1e-6 * std::fabs(x) + 1e-6 * std::fabs(change) ? near : x + change;
}
/* Mean of exp(rate t) over 0..h, times h: the integral of the propagator. */
static inline double nj_mean(double rate, double h) { return rate == 0.0 ? h : std::expm1(rate * h) / rate; }
