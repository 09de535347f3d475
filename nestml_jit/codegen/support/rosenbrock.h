/* Rosenbrock's method of order 2(3), linearly implicit, for stiff systems: Shampine and Reichelt (1997),
   SIAM J. Sci. Comput. 18(1):1-22, section 3. The matrix 1 - h g J is factorised without pivoting, for all
   lanes at once; where that fails the error is no number, and the step becomes smaller. */
struct NjRosenbrock
{
  static constexpr double order = 2.0;
  static constexpr double g = 0.2928932188134524; // 1 / (2 + sqrt(2))
  static constexpr double e = 7.414213562373095;  // 6 + sqrt(2)

  template <class System>
  [[gnu::noinline]] static void step(const System& f, uint32_t first, const double* now, const double* h,
    const NjLanes* v, NjLanes* y, double* ratio)
  {
    enum { N = System::size };
    alignas(64) double w[N][N][NJ_PACK], f0[N][NJ_PACK], f1[N][NJ_PACK], f2[N][NJ_PACK], x[N][NJ_PACK], from[N][NJ_PACK];
    alignas(64) double k1[N][NJ_PACK], k2[N][NJ_PACK], k3[N][NJ_PACK], dt[N][NJ_PACK], time[NJ_PACK], length[NJ_PACK];
    std::memcpy(length, h + first, sizeof(length));
    for (int n = 0; n < N; ++n)
    {
      std::memcpy(from[n], v[n] + first, sizeof(from[n]));
    }
    nj_later(now + first, length, 1e-6, time);
    f(first, time, from, dt); // change with time at fixed values
    nj_later(now + first, length, 0.0, time);
    f(first, time, from, f0);
    f.jacobian(first, time, from, &w[0][0]);
    for (int n = 0; n < N; ++n)
    {
#pragma omp simd
      for (uint32_t l = 0; l < NJ_PACK; ++l)
      {
        dt[n][l] = g * (dt[n][l] - f0[n][l]) / 1e-6;
        k1[n][l] = f0[n][l] + dt[n][l];
      }
      for (int m = 0; m < N; ++m)
      {
#pragma omp simd
        for (uint32_t l = 0; l < NJ_PACK; ++l)
        {
          w[n][m][l] = (n == m ? 1.0 : 0.0) - length[l] * g * w[n][m][l];
        }
      }
    }
    factorise<N>(w);
    solve<N>(w, k1);
    advance<N>(from, k1, length, 0.5, x);
    nj_later(now + first, length, 0.5, time);
    f(first, time, x, f1);
    combine<N>(f1, k1, -1.0, k2);
    solve<N>(w, k2);
    combine<N>(k2, k1, 1.0, k2);
    advance<N>(from, k2, length, 1.0, x);
    nj_later(now + first, length, 1.0, time);
    f(first, time, x, f2);
    for (int n = 0; n < N; ++n)
    {
#pragma omp simd
      for (uint32_t l = 0; l < NJ_PACK; ++l)
      {
        k3[n][l] = f2[n][l] - e * (k2[n][l] - f1[n][l]) - 2.0 * (k1[n][l] - f0[n][l]) + dt[n][l];
      }
    }
    solve<N>(w, k3);
    const double *const absolute = f.absolute() + first, *const relative = f.relative() + first;
    NjWorst worst;
    for (int n = 0; n < N; ++n)
    {
#pragma omp simd
      for (uint32_t l = 0; l < NJ_PACK; ++l)
      {
        const double error = std::fabs(length[l] / 6.0 * (k1[n][l] - 2.0 * k2[n][l] + k3[n][l]));
        worst.note(l, error, absolute[l] + relative[l] * std::fabs(x[n][l]));
      }
      std::memcpy(y[n] + first, x[n], sizeof(x[n]));
    }
    worst.ratios(ratio + first);
  }

  template <int N> static void combine(const NjPack* a, const NjPack* b, double factor, NjPack* out)
  {
    for (int n = 0; n < N; ++n)
    {
#pragma omp simd
      for (uint32_t l = 0; l < NJ_PACK; ++l)
      {
        out[n][l] = a[n][l] + factor * b[n][l];
      }
    }
  }

  template <int N>
  static void advance(const NjPack* from, const NjPack* slope, const double* h, double share, NjPack* out)
  {
    for (int n = 0; n < N; ++n)
    {
#pragma omp simd
      for (uint32_t l = 0; l < NJ_PACK; ++l)
      {
        out[n][l] = from[n][l] + share * h[l] * slope[n][l];
      }
    }
  }

  template <int N> static void factorise(NjPack (*w)[N])
  {
    for (int k = 0; k < N; ++k)
    {
      for (int n = k + 1; n < N; ++n)
      {
#pragma omp simd
        for (uint32_t l = 0; l < NJ_PACK; ++l)
        {
          w[n][k][l] /= w[k][k][l];
        }
        for (int m = k + 1; m < N; ++m)
        {
          subtract(w[n][k], w[k][m], w[n][m]);
        }
      }
    }
  }

  template <int N> static void solve(NjPack (*w)[N], NjPack* b)
  {
    for (int n = 0; n < N; ++n)
    {
      for (int m = 0; m < n; ++m)
      {
        subtract(w[n][m], b[m], b[n]);
      }
    }
    for (int n = N - 1; n >= 0; --n)
    {
      for (int m = n + 1; m < N; ++m)
      {
        subtract(w[n][m], b[m], b[n]);
      }
#pragma omp simd
      for (uint32_t l = 0; l < NJ_PACK; ++l)
      {
        b[n][l] /= w[n][n][l];
      }
    }
  }

  /* c := c - a * b */
  static void subtract(const double* a, const double* b, double* c)
  {
#pragma omp simd
    for (uint32_t l = 0; l < NJ_PACK; ++l)
    {
      c[l] -= a[l] * b[l];
    }
  }
};
