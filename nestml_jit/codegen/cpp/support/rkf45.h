/* Runge-Kutta-Fehlberg 4(5): Fehlberg (1969), NASA Technical Report R-315, table III; the solution of
   order 5 is continued. Error control is that of GSL's standard control with respect to the solution. */
static constexpr double nj_fehlberg_time[6] = { 0.0, 1.0 / 4.0, 3.0 / 8.0, 12.0 / 13.0, 1.0, 1.0 / 2.0 };
static constexpr double nj_fehlberg_stage[6][5] = {
  { 0.0 },
  { 1.0 / 4.0 },
  { 3.0 / 32.0, 9.0 / 32.0 },
  { 1932.0 / 2197.0, -7200.0 / 2197.0, 7296.0 / 2197.0 },
  { 439.0 / 216.0, -8.0, 3680.0 / 513.0, -845.0 / 4104.0 },
  { -8.0 / 27.0, 2.0, -3544.0 / 2565.0, 1859.0 / 4104.0, -11.0 / 40.0 },
};
static constexpr double nj_fehlberg_end[6] = { 16.0 / 135.0, 0.0, 6656.0 / 12825.0, 28561.0 / 56430.0, -9.0 / 50.0,
  2.0 / 55.0 };
static constexpr double nj_fehlberg_error[6] = { 1.0 / 360.0, 0.0, -128.0 / 4275.0, -2197.0 / 75240.0, 1.0 / 50.0,
  2.0 / 55.0 };

/* The same for linear equations x' = A x, where everything is a sum of powers (h A)^m x. */
struct NjFehlbergPowers
{
  double stage[6][6] = {}, end[7] = {}, error[7] = {};
  constexpr NjFehlbergPowers()
  {
    double slope[6][7] = {}; // times h
    end[0] = 1.0;
    for (int s = 0; s < 6; ++s)
    {
      stage[s][0] = 1.0;
      for (int j = 0; j < s; ++j)
      {
        add(nj_fehlberg_stage[s][j], slope[j], stage[s], 6);
      }
      for (int m = 0; m < 6; ++m)
      {
        slope[s][m + 1] = stage[s][m];
      }
      add(nj_fehlberg_end[s], slope[s], end, 7);
      add(nj_fehlberg_error[s], slope[s], error, 7);
    }
  }
  static constexpr void add(double factor, const double* slope, double* sum, int size)
  {
    for (int m = 0; m < size; ++m)
    {
      sum[m] += factor * slope[m];
    }
  }
};
static constexpr NjFehlbergPowers nj_fehlberg_powers;

/* Those variables of a SIMD batch that have linear equations of their own: their values in each stage and at the end are those
   of the method, in fewer operations. None are needed where all of them are 0, as without input. */
template <class System>
struct NjLinear
{
  enum { L = System::linear, N = System::size - L };
  static constexpr int arrays = L > 0 ? int(L) : 1;
  alignas(64) double power[7][arrays][NJ_PACK];
  bool active = false;

  NjLinear(const System& f, uint32_t first, uint32_t lanes, const double* h, const NjLanes* v)
  {
    if constexpr (L > 0)
    {
      uint64_t any = 0;
      for (int n = 0; n < L; ++n)
      {
        const double* const from = v[N + n] + first;
#pragma omp simd reduction(| : any)
        for (uint32_t l = 0; l < nj_whole(lanes); ++l)
        {
          uint64_t bits;
          std::memcpy(&bits, from + l, sizeof(bits));
          any |= bits;
          power[0][n][l] = from[l];
        }
      }
      active = any != 0;
      for (int m = 0; active && m < 6; ++m)
      {
        f.slopes_of_linear(first, lanes, nullptr, power[m], power[m + 1]);
        for (int n = 0; n < L; ++n)
        {
          double* const next = power[m + 1][n];
          nj_each(lanes, [&](uint32_t l) { next[l] *= h[l]; });
        }
      }
    }
  }
  /* Values in a stage, of those that other equations read. */
  template <int S>
  [[gnu::always_inline]] void stage(uint32_t lanes, NjPack* x) const
  {
    for (int n = 0; active && n < System::seen; ++n)
    {
      nj_each(lanes, [&](uint32_t l) {
        double sum = power[0][n][l];
        for (int m = 1; m <= S; ++m)
        {
          sum = nj_fma(nj_fehlberg_powers.stage[S][m], power[m][n][l], sum);
        }
        x[N + n][l] = sum;
      });
    }
  }
  void end(uint32_t first, uint32_t lanes, NjLanes* y) const
  {
    for (int n = 0; n < L; ++n)
    {
      double* const to = y[N + n] + first;
      nj_each(lanes, [&](uint32_t l) {
        double sum = power[0][n][l];
        for (int m = 1; active && m < 7; ++m)
        {
          sum = nj_fma(nj_fehlberg_powers.end[m], power[m][n][l], sum);
        }
        to[l] = sum;
      });
    }
  }
  double error(int n, uint32_t l) const
  {
    return nj_fma(nj_fehlberg_powers.error[5], power[5][n][l], nj_fehlberg_powers.error[6] * power[6][n][l]);
  }
};

struct NjFehlberg
{
  static constexpr int order = 5; // of the error's growth with the length of a step

  template <int S, int N>
  [[gnu::always_inline]] static void stage(
    const NjLanes* v, const double* h, uint32_t first, uint32_t lanes, const double (*k)[N][NJ_PACK], NjPack* x)
  {
    for (int n = 0; n < N; ++n)
    {
      const double* const from = v[n] + first;
      nj_each(lanes, [&](uint32_t l) {
        double sum = 0.0;
        for (int j = 0; j < S; ++j)
        {
          sum = nj_fma(nj_fehlberg_stage[S][j], k[j][n][l], sum);
        }
        x[n][l] = nj_fma(h[l], sum, from[l]);
      });
    }
  }

  /* Sum of slopes with the weights of the method. */
  template <int N>
  [[gnu::always_inline]] static double sum(const double (&weight)[6], const double (*k)[N][NJ_PACK], int n, uint32_t l)
  {
    const double first = nj_fma(weight[2], k[2][n][l], weight[0] * k[0][n][l]);
    return nj_fma(weight[5], k[5][n][l], nj_fma(weight[4], k[4][n][l], nj_fma(weight[3], k[3][n][l], first)));
  }

  template <uint32_t lanes, class System>
  [[gnu::noinline]] static void step(const System& f, uint32_t first, NjChecked checked, const double* now,
    const double* h, const NjLanes* v, NjLanes* y, double* ratio)
  {
    enum { L = System::linear, N = System::size - L };
    alignas(64) double k[6][N][NJ_PACK], x[System::size][NJ_PACK], time[NJ_PACK];
    const double *const length = h + first, *const absolute = f.absolute() + first;
    const double* const relative = f.relative() + first;
    const NjLinear<System> linear(f, first, lanes, length, v);
    std::memset(x + N, 0, sizeof(x) - N * sizeof(NjPack));
    for (int s = 0; s < 6; ++s)
    {
      switch (s)
      {
      case 0: stage<0, N>(v, length, first, lanes, k, x), linear.template stage<0>(lanes, x); break;
      case 1: stage<1, N>(v, length, first, lanes, k, x), linear.template stage<1>(lanes, x); break;
      case 2: stage<2, N>(v, length, first, lanes, k, x), linear.template stage<2>(lanes, x); break;
      case 3: stage<3, N>(v, length, first, lanes, k, x), linear.template stage<3>(lanes, x); break;
      case 4: stage<4, N>(v, length, first, lanes, k, x), linear.template stage<4>(lanes, x); break;
      default: stage<5, N>(v, length, first, lanes, k, x), linear.template stage<5>(lanes, x); break;
      }
      nj_later(now + first, length, nj_fehlberg_time[s], lanes, time);
      f.slopes_of_others(first, lanes, time, x, k[s]);
    }
    NjWorst worst(lanes);
    for (int n = 0; n < N; ++n)
    {
      const double* const from = v[n] + first;
      double* const to = y[n] + first;
      nj_each(lanes, [&](uint32_t l) { to[l] = nj_fma(length[l], sum<N>(nj_fehlberg_end, k, n, l), from[l]); });
    }
    for (int n = 0; n < N; ++n)
    {
      if (n < checked.first || n >= checked.last)
      {
        continue;
      }
      const double* const to = y[n] + first;
      nj_each(lanes, [&](uint32_t l) {
        const double error = length[l] * sum<N>(nj_fehlberg_error, k, n, l);
        worst.note(l, std::fabs(error), nj_fma(relative[l], std::fabs(to[l]), absolute[l]));
      });
    }
    linear.end(first, lanes, y);
    for (int n = N; linear.active && n < checked.last && n < System::size; ++n)
    {
      const double* const to = y[n] + first;
      nj_each(lanes, [&](uint32_t l) {
        worst.note(l, std::fabs(linear.error(n - N, l)), nj_fma(relative[l], std::fabs(to[l]), absolute[l]));
      });
    }
    worst.ratios(lanes, ratio + first);
  }
};
