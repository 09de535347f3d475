/* The classical Runge-Kutta method with steps of fixed length, without an estimate of its error. */
static const double nj_rk4_stage[4][3] = { { 0.0 }, { 0.5 }, { 0.0, 0.5 }, { 0.0, 0.0, 1.0 } };
static const double nj_rk4_time[4] = { 0.0, 0.5, 0.5, 1.0 };
static const double nj_rk4_sum[4] = { 1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0 };
struct NjRungeKutta
{
  static constexpr double order = 4.0;

  template <class System>
  [[gnu::noinline]] static void step(const System& f, double now, double h, uint32_t first, uint32_t last,
    const NjLanes* v, NjLanes* y, double* ratio)
  {
    enum { N = System::size };
    alignas(64) double k[4][N][NJ_TILE], x[N][NJ_TILE];
    f(now, v, k[0], first, last);
    for (int s = 1; s < 4; ++s)
    {
      for (int n = 0; n < N; ++n)
      {
        nj_stage(v[n], k[0][n], N * NJ_TILE, s, nj_rk4_stage[s], h, first, last, x[n]);
      }
      f(now + nj_rk4_time[s] * h, x, k[s], first, last);
    }
    for (int n = 0; n < N; ++n)
    {
      nj_stage(v[n], k[0][n], N * NJ_TILE, 4, nj_rk4_sum, h, first, last, y[n]);
    }
    for (uint32_t l = first; l < last; ++l)
    {
      ratio[l] = 0.0;
    }
  }
};
