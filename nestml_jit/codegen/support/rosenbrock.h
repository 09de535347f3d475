/* Rosenbrock's method of order 2(3), linearly implicit, for stiff systems: Shampine and Reichelt (1997),
   SIAM J. Sci. Comput. 18(1):1-22, section 3. The matrix 1 - h g J is factorised without pivoting, for all
   lanes at once; where that fails the error is no number, and the step becomes smaller. */
struct NjRosenbrock
{
  static constexpr double order = 2.0;
  static constexpr double g = 0.2928932188134524; // 1 / (2 + sqrt(2))
  static constexpr double e = 7.414213562373095;  // 6 + sqrt(2)

  template <class System>
  [[gnu::noinline]] static void step(const System& f, double now, double h, uint32_t first, uint32_t last,
    const NjLanes* v, NjLanes* y, double* ratio)
  {
    enum { N = System::size };
    alignas(64) double w[N][N][NJ_TILE], f0[N][NJ_TILE], f1[N][NJ_TILE], f2[N][NJ_TILE], x[N][NJ_TILE];
    alignas(64) double k1[N][NJ_TILE], k2[N][NJ_TILE], k3[N][NJ_TILE], dt[N][NJ_TILE];
    const double small = 1e-6 * h;
    f(now, v, f0, first, last);
    f(now + small, v, dt, first, last); // change with time at fixed values
    f.jacobian(now, v, &w[0][0], first, last);
    for (int n = 0; n < N; ++n)
    {
      for (uint32_t l = first; l < last; ++l)
      {
        dt[n][l] = h * g * (dt[n][l] - f0[n][l]) / small;
        k1[n][l] = f0[n][l] + dt[n][l];
      }
      for (int m = 0; m < N; ++m)
      {
        for (uint32_t l = first; l < last; ++l)
        {
          w[n][m][l] = (n == m ? 1.0 : 0.0) - h * g * w[n][m][l];
        }
      }
    }
    factorise<N>(w, first, last);
    solve<N>(w, k1, first, last);
    combine<N>(v, k1, 0.5 * h, x, first, last);
    f(now + 0.5 * h, x, f1, first, last);
    combine<N>(f1, k1, -1.0, k2, first, last);
    solve<N>(w, k2, first, last);
    combine<N>(k2, k1, 1.0, k2, first, last);
    combine<N>(v, k2, h, y, first, last);
    f(now + h, y, f2, first, last);
    for (int n = 0; n < N; ++n)
    {
      for (uint32_t l = first; l < last; ++l)
      {
        k3[n][l] = f2[n][l] - e * (k2[n][l] - f1[n][l]) - 2.0 * (k1[n][l] - f0[n][l]) + dt[n][l];
      }
    }
    solve<N>(w, k3, first, last);
    for (uint32_t l = first; l < last; ++l)
    {
      ratio[l] = 0.0;
    }
    for (int n = 0; n < N; ++n)
    {
      for (uint32_t l = first; l < last; ++l)
      {
        const double error = std::fabs(h / 6.0 * (k1[n][l] - 2.0 * k2[n][l] + k3[n][l]))
          / (f.absolute[l] + f.relative[l] * std::fabs(y[n][l]));
        ratio[l] = error <= ratio[l] ? ratio[l] : error;
      }
    }
  }

  template <int N>
  static void combine(const NjLanes* a, const NjLanes* b, double factor, NjLanes* out, uint32_t first, uint32_t last)
  {
    for (int n = 0; n < N; ++n)
    {
#pragma omp simd
      for (uint32_t l = first; l < last; ++l)
      {
        out[n][l] = a[n][l] + factor * b[n][l];
      }
    }
  }

  template <int N> static void factorise(double (*w)[N][NJ_TILE], uint32_t first, uint32_t last)
  {
    for (int k = 0; k < N; ++k)
    {
      for (int n = k + 1; n < N; ++n)
      {
        for (uint32_t l = first; l < last; ++l)
        {
          w[n][k][l] /= w[k][k][l];
        }
        for (int m = k + 1; m < N; ++m)
        {
          for (uint32_t l = first; l < last; ++l)
          {
            w[n][m][l] -= w[n][k][l] * w[k][m][l];
          }
        }
      }
    }
  }

  template <int N> static void solve(double (*w)[N][NJ_TILE], NjLanes* b, uint32_t first, uint32_t last)
  {
    for (int n = 0; n < N; ++n)
    {
      for (int m = 0; m < n; ++m)
      {
        for (uint32_t l = first; l < last; ++l)
        {
          b[n][l] -= w[n][m][l] * b[m][l];
        }
      }
    }
    for (int n = N - 1; n >= 0; --n)
    {
      for (int m = n + 1; m < N; ++m)
      {
        for (uint32_t l = first; l < last; ++l)
        {
          b[n][l] -= w[n][m][l] * b[m][l];
        }
      }
      for (uint32_t l = first; l < last; ++l)
      {
        b[n][l] /= w[n][n][l];
      }
    }
  }
};
