/* The classical Runge-Kutta method with steps of fixed length, without an estimate of its error. */
static const double nj_rk4_time[4] = { 0.0, 0.5, 0.5, 1.0 };
static const double nj_rk4_weight[4] = { 1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0 };
struct NjRungeKutta
{
  static constexpr int order = 4;

  template <uint32_t lanes, class System>
  [[gnu::noinline]] static void step(const System& f, uint32_t first, NjChecked, const double* now,
    const double* h, const NjLanes* v, NjLanes* y, double* ratio)
  {
    enum { N = System::size };
    alignas(64) double k[N][NJ_PACK] = {}, x[N][NJ_PACK], sum[N][NJ_PACK] = {}, time[NJ_PACK];
    for (int s = 0; s < 4; ++s)
    {
      for (int n = 0; n < N; ++n)
      {
        NjPack slope = {};
        nj_add(k[n], nj_rk4_time[s], lanes, slope);
        nj_move(v[n] + first, h + first, slope, lanes, x[n]);
      }
      nj_later(now + first, h + first, nj_rk4_time[s], lanes, time);
      f(first, lanes, time, x, k);
      for (int n = 0; n < N; ++n)
      {
        nj_add(k[n], nj_rk4_weight[s], lanes, sum[n]);
      }
    }
    for (int n = 0; n < N; ++n)
    {
      nj_move(v[n] + first, h + first, sum[n], lanes, y[n] + first);
    }
    for (uint32_t l = first; l < first + lanes; ++l)
    {
      ratio[l] = 0.0;
    }
  }
};
