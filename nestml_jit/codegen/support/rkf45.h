/* Runge-Kutta-Fehlberg 4(5): Fehlberg (1969), NASA Technical Report R-315, table III; the solution of
   order 5 is continued. Error control is that of GSL's standard control with respect to the solution. */
static const double nj_fehlberg_time[6] = { 0.0, 1.0 / 4.0, 3.0 / 8.0, 12.0 / 13.0, 1.0, 1.0 / 2.0 };
static constexpr double nj_fehlberg_stage[6][5] = {
  { 0.0 },
  { 1.0 / 4.0 },
  { 3.0 / 32.0, 9.0 / 32.0 },
  { 1932.0 / 2197.0, -7200.0 / 2197.0, 7296.0 / 2197.0 },
  { 439.0 / 216.0, -8.0, 3680.0 / 513.0, -845.0 / 4104.0 },
  { -8.0 / 27.0, 2.0, -3544.0 / 2565.0, 1859.0 / 4104.0, -11.0 / 40.0 },
};
struct NjFehlberg
{
  static constexpr int order = 5; // of the error's growth with the length of a step

  template <int S, int N>
  static void stage(
    const NjLanes* v, const double* h, uint32_t first, uint32_t lanes, const double (*k)[N][NJ_PACK], NjPack* x)
  {
    for (int n = 0; n < N; ++n)
    {
      const double *const from = v[n] + first, *const length = h + first;
      nj_each(lanes, [&](uint32_t l) {
        double sum = 0.0;
        for (int j = 0; j < S; ++j)
        {
          sum += nj_fehlberg_stage[S][j] * k[j][n][l];
        }
        x[n][l] = from[l] + length[l] * sum;
      });
    }
  }

  template <class System>
  [[gnu::noinline]] static void step(const System& f, uint32_t first, uint32_t lanes, NjChecked checked,
    const double* now, const double* h, const NjLanes* v, NjLanes* y, double* ratio)
  {
    enum { N = System::size };
    alignas(64) double k[6][N][NJ_PACK], x[N][NJ_PACK], time[NJ_PACK];
    for (int s = 0; s < 6; ++s)
    {
      switch (s)
      {
      case 0: stage<0, N>(v, h, first, lanes, k, x); break;
      case 1: stage<1, N>(v, h, first, lanes, k, x); break;
      case 2: stage<2, N>(v, h, first, lanes, k, x); break;
      case 3: stage<3, N>(v, h, first, lanes, k, x); break;
      case 4: stage<4, N>(v, h, first, lanes, k, x); break;
      default: stage<5, N>(v, h, first, lanes, k, x); break;
      }
      nj_later(now + first, h + first, nj_fehlberg_time[s], lanes, time);
      f(first, lanes, time, x, k[s]);
    }
    const double *const length = h + first, *const absolute = f.absolute() + first;
    const double* const relative = f.relative() + first;
    NjWorst worst;
    for (int n = 0; n < N; ++n)
    {
      const double* const from = v[n] + first;
      double* const to = y[n] + first;
      nj_each(lanes, [&](uint32_t l) {
        to[l] = from[l]
          + length[l]
            * (16.0 / 135.0 * k[0][n][l] + 6656.0 / 12825.0 * k[2][n][l] + 28561.0 / 56430.0 * k[3][n][l]
              - 9.0 / 50.0 * k[4][n][l] + 2.0 / 55.0 * k[5][n][l]);
      });
    }
    for (int n = checked.first; n < checked.last; ++n)
    {
      const double* const to = y[n] + first;
      nj_each(lanes, [&](uint32_t l) {
        const double difference = 1.0 / 360.0 * k[0][n][l] - 128.0 / 4275.0 * k[2][n][l] - 2197.0 / 75240.0 * k[3][n][l]
          + 1.0 / 50.0 * k[4][n][l] + 2.0 / 55.0 * k[5][n][l];
        worst.note(l, std::fabs(length[l] * difference), absolute[l] + relative[l] * std::fabs(to[l]));
      });
    }
    worst.ratios(lanes, ratio + first);
  }
};
