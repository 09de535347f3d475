/* Euler's methods, with one slope per step: forward, or (exponential) exact where each equation is linear in its own
   variable and nothing else changes: y = x + h f(x) (exp(h d) - 1) / (h d) with d = df/dx. */
template <class System, bool exponential>
struct NjEuler
{
  template <uint32_t lanes>
  static void step(const System& f, uint32_t first, const double* now, const double* h, const NjLanes* v, NjLanes* y)
  {
    enum { N = System::size };
    alignas(64) double x[N][NJ_PACK], k[N][NJ_PACK] = {};
    for (int n = 0; n < N; ++n)
    {
      std::memcpy(x[n], v[n] + first, lanes * sizeof(double));
    }
    f(first, lanes, now + first, x, k);
    if constexpr (exponential)
    {
      alignas(64) double d[N][N][NJ_PACK];
      f.jacobian(first, lanes, now + first, x, &d[0][0]);
      for (int n = 0; n < N; ++n)
      {
        nj_each(lanes, [&](uint32_t l) { k[n][l] *= nj_mean_growth(h[first + l] * d[n][n][l]); });
      }
    }
    for (int n = 0; n < N; ++n)
    {
      nj_move(v[n] + first, h + first, k[n], lanes, y[n] + first);
    }
  }
};
template <bool exponential>
struct NjEulerMethod
{
  static constexpr int order = 1;

  template <uint32_t lanes, class System>
  [[gnu::noinline]] static void step(const System& f, uint32_t first, NjChecked, const double* now,
    const double* h, const NjLanes* v, NjLanes* y, double* ratio)
  {
    NjEuler<System, exponential>::template step<lanes>(f, first, now, h, v, y);
    for (uint32_t l = first; l < first + lanes; ++l)
    {
      ratio[l] = 0.0;
    }
  }
};
typedef NjEulerMethod<false> NjForwardEuler;
typedef NjEulerMethod<true> NjExponentialEuler;
