/* Rosenbrock's method of order 2(3), linearly implicit, for stiff systems: Shampine and Reichelt (1997),
   SIAM J. Sci. Comput. 18(1):1-22, section 3. The matrix 1 - h g J is factorised without pivoting, for all
   lanes at once; where that fails the error is no number, and the step becomes smaller. */
struct NjRosenbrock
{
  static constexpr int order = 3;                 // of the error's growth with the length of a step
  static constexpr double g = 0.2928932188134524; // 1 / (2 + sqrt(2))
  static constexpr double e = 7.414213562373095;  // 6 + sqrt(2)

  template <uint32_t lanes, class System>
  [[gnu::noinline]] static void step(const System& f, uint32_t first, NjChecked checked,
    const double* now, const double* h, const NjLanes* v, NjLanes* y, double* ratio)
  {
    enum { N = System::size };
    alignas(64) double w[N][N][NJ_PACK], f0[N][NJ_PACK], f1[N][NJ_PACK], f2[N][NJ_PACK], x[N][NJ_PACK],
      from[N][NJ_PACK];
    alignas(64) double k1[N][NJ_PACK], k2[N][NJ_PACK], k3[N][NJ_PACK], dt[N][NJ_PACK], time[NJ_PACK], length[NJ_PACK];
    std::memcpy(length, h + first, lanes * sizeof(double));
    for (int n = 0; n < N; ++n)
    {
      std::memcpy(from[n], v[n] + first, lanes * sizeof(double));
    }
    nj_later(now + first, length, 1e-6, lanes, time);
    f(first, lanes, time, from, dt); // change with time at fixed values
    nj_later(now + first, length, 0.0, lanes, time);
    f(first, lanes, time, from, f0);
    f.jacobian(first, lanes, time, from, &w[0][0]);
    for (int n = 0; n < N; ++n)
    {
      nj_each(lanes, [&](uint32_t l) {
        dt[n][l] = g * (dt[n][l] - f0[n][l]) / 1e-6;
        k1[n][l] = f0[n][l] + dt[n][l];
      });
      for (int m = 0; m < N; ++m)
      {
        nj_each(lanes, [&](uint32_t l) { w[n][m][l] = (n == m ? 1.0 : 0.0) - length[l] * g * w[n][m][l]; });
      }
    }
    factorise<N>(w, lanes);
    solve<N>(w, k1, lanes);
    advance<N>(from, k1, length, 0.5, x, lanes);
    nj_later(now + first, length, 0.5, lanes, time);
    f(first, lanes, time, x, f1);
    combine<N>(f1, k1, -1.0, k2, lanes);
    solve<N>(w, k2, lanes);
    combine<N>(k2, k1, 1.0, k2, lanes);
    advance<N>(from, k2, length, 1.0, x, lanes);
    nj_later(now + first, length, 1.0, lanes, time);
    f(first, lanes, time, x, f2);
    for (int n = 0; n < N; ++n)
    {
      nj_each(lanes,
        [&](uint32_t l) { k3[n][l] = f2[n][l] - e * (k2[n][l] - f1[n][l]) - 2.0 * (k1[n][l] - f0[n][l]) + dt[n][l]; });
    }
    solve<N>(w, k3, lanes);
    const double *const absolute = f.absolute() + first, *const relative = f.relative() + first;
    NjWorst worst(lanes);
    for (int n = checked.first; n < checked.last; ++n)
    {
      nj_each(lanes, [&](uint32_t l) {
        const double error = std::fabs(length[l] / 6.0 * (k1[n][l] - 2.0 * k2[n][l] + k3[n][l]));
        worst.note(l, error, nj_fma(relative[l], std::fabs(x[n][l]), absolute[l]));
      });
    }
    for (int n = 0; n < N; ++n)
    {
      std::memcpy(y[n] + first, x[n], lanes * sizeof(double));
    }
    worst.ratios(lanes, ratio + first);
  }

  template <int N>
  static void combine(const NjPack* a, const NjPack* b, double factor, NjPack* out, uint32_t lanes)
  {
    for (int n = 0; n < N; ++n)
    {
      nj_each(lanes, [&](uint32_t l) { out[n][l] = nj_fma(factor, b[n][l], a[n][l]); });
    }
  }

  template <int N>
  static void advance(
    const NjPack* from, const NjPack* slope, const double* h, double share, NjPack* out, uint32_t lanes)
  {
    for (int n = 0; n < N; ++n)
    {
      nj_each(lanes, [&](uint32_t l) { out[n][l] = nj_fma(share * h[l], slope[n][l], from[n][l]); });
    }
  }

  template <int N>
  static void factorise(NjPack (*w)[N], uint32_t lanes)
  {
    for (int k = 0; k < N; ++k)
    {
      for (int n = k + 1; n < N; ++n)
      {
        nj_each(lanes, [&](uint32_t l) { w[n][k][l] /= w[k][k][l]; });
        for (int m = k + 1; m < N; ++m)
        {
          subtract(w[n][k], w[k][m], w[n][m], lanes);
        }
      }
    }
  }

  template <int N>
  static void solve(NjPack (*w)[N], NjPack* b, uint32_t lanes)
  {
    for (int n = 0; n < N; ++n)
    {
      for (int m = 0; m < n; ++m)
      {
        subtract(w[n][m], b[m], b[n], lanes);
      }
    }
    for (int n = N - 1; n >= 0; --n)
    {
      for (int m = n + 1; m < N; ++m)
      {
        subtract(w[n][m], b[m], b[n], lanes);
      }
      nj_each(lanes, [&](uint32_t l) { b[n][l] /= w[n][n][l]; });
    }
  }

  /* c := c - a * b */
  static void subtract(const double* a, const double* b, double* c, uint32_t lanes)
  {
    nj_each(lanes, [&](uint32_t l) { c[l] = nj_fma(-a[l], b[l], c[l]); });
  }
};
