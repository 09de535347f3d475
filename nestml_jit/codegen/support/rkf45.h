/* Runge-Kutta-Fehlberg 4(5): Fehlberg (1969), NASA Technical Report R-315, table III; the solution of
   order 5 is continued. Error control is that of GSL's standard control with respect to the solution. */
static const double nj_fehlberg_time[6] = { 0.0, 1.0 / 4.0, 3.0 / 8.0, 12.0 / 13.0, 1.0, 1.0 / 2.0 };
static const double nj_fehlberg_stage[6][5] = {
  { 0.0 },
  { 1.0 / 4.0 },
  { 3.0 / 32.0, 9.0 / 32.0 },
  { 1932.0 / 2197.0, -7200.0 / 2197.0, 7296.0 / 2197.0 },
  { 439.0 / 216.0, -8.0, 3680.0 / 513.0, -845.0 / 4104.0 },
  { -8.0 / 27.0, 2.0, -3544.0 / 2565.0, 1859.0 / 4104.0, -11.0 / 40.0 },
};
static const double nj_fehlberg_sum[6] = { 16.0 / 135.0, 0.0, 6656.0 / 12825.0, 28561.0 / 56430.0, -9.0 / 50.0,
  2.0 / 55.0 };
static const double nj_fehlberg_error[6] = { 1.0 / 360.0, 0.0, -128.0 / 4275.0, -2197.0 / 75240.0, 1.0 / 50.0,
  2.0 / 55.0 };

struct NjFehlberg
{
  static constexpr double order = 5.0;

  template <class System>
  [[gnu::noinline]] static void step(const System& f, double now, double h, uint32_t first, uint32_t last,
  const NjLanes* v, NjLanes* y, double* ratio)
{
  enum { N = System::size };
  alignas(64) double k[6][N][NJ_TILE], x[N][NJ_TILE];
  f(now, v, k[0], first, last);
  for (int s = 1; s < 6; ++s)
  {
    for (int n = 0; n < N; ++n)
    {
      nj_stage(v[n], k[0][n], N * NJ_TILE, s, nj_fehlberg_stage[s], h, first, last, x[n]);
    }
    f(now + nj_fehlberg_time[s] * h, x, k[s], first, last);
  }
  for (int n = 0; n < N; ++n)
  {
    nj_stage(v[n], k[0][n], N * NJ_TILE, 6, nj_fehlberg_sum, h, first, last, y[n]);
#pragma omp simd
    for (uint32_t l = first; l < last; ++l)
    {
      double sum = nj_fehlberg_error[0] * k[0][n][l];
      for (int s = 2; s < 6; ++s)
      {
        sum += nj_fehlberg_error[s] * k[s][n][l];
      }
      const double error = std::fabs(h * sum) / (f.absolute[l] + f.relative[l] * std::fabs(y[n][l]));
      const double worst = n ? ratio[l] : 0.0;
      ratio[l] = error <= worst ? worst : error; // a NaN stays
    }
  }
}
};
