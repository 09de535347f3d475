/* Runge-Kutta-Fehlberg 4(5) for the lanes of a tile: Fehlberg (1969), NASA Technical Report R-315,
   table III; the solution of order 5 is continued. Error control is that of GSL's standard control with
   respect to the solution.

   A system has `size` variables, tolerances, and an operator that computes the slopes `k` of the lanes
   first..last-1 from their values `x` at the time `now`. */
typedef double NjLanes[NJ_TILE];

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

/* x := v + step * sum of weight * k, for one variable; returns nothing of the lanes outside. */
static inline void nj_stage(const double* v, const double* k, size_t stride, int stages, const double* weight,
  double step, uint32_t first, uint32_t last, double* x)
{
#pragma omp simd
  for (uint32_t l = first; l < last; ++l)
  {
    double sum = weight[0] * k[l];
    for (int s = 1; s < stages; ++s)
    {
      sum += weight[s] * k[s * stride + l];
    }
    x[l] = v[l] + step * sum;
  }
}

/* One step; `y` are the new values, `ratio` the largest error of a variable over its tolerance. */
template <class System>
[[gnu::noinline]] static void nj_step(const System& f, double now, double step, uint32_t first, uint32_t last,
  const NjLanes* v, NjLanes* y, double* ratio)
{
  enum { N = System::size };
  alignas(64) double k[6][N][NJ_TILE], x[N][NJ_TILE];
  f(now, v, k[0], first, last);
  for (int s = 1; s < 6; ++s)
  {
    for (int n = 0; n < N; ++n)
    {
      nj_stage(v[n], k[0][n], N * NJ_TILE, s, nj_fehlberg_stage[s], step, first, last, x[n]);
    }
    f(now + nj_fehlberg_time[s] * step, x, k[s], first, last);
  }
  for (int n = 0; n < N; ++n)
  {
    nj_stage(v[n], k[0][n], N * NJ_TILE, 6, nj_fehlberg_sum, step, first, last, y[n]);
#pragma omp simd
    for (uint32_t l = first; l < last; ++l)
    {
      double sum = nj_fehlberg_error[0] * k[0][n][l];
      for (int s = 2; s < 6; ++s)
      {
        sum += nj_fehlberg_error[s] * k[s][n][l];
      }
      const double error = std::fabs(step * sum) / (f.absolute[l] + f.relative[l] * std::fabs(y[n][l]));
      const double worst = n ? ratio[l] : 0.0;
      ratio[l] = error <= worst ? worst : error; // a NaN stays
    }
  }
}

static inline double nj_shrink(double ratio)
{
  const double factor = 0.9 / std::pow(ratio, 0.2);
  return factor > 0.2 ? factor : 0.2;
}
static inline double nj_grow(double ratio)
{
  if (ratio >= 0.5)
  {
    return 1.0;
  }
  const double factor = 0.9 / std::pow(ratio, 1.0 / 6.0);
  return factor > 5.0 ? 5.0 : (factor < 1.0 ? 1.0 : factor);
}

/* Advance one lane by `step` in pieces, the first of length `piece`; false if that is impossible. */
template <class System>
[[gnu::noinline]] static bool nj_pieces(const System& f, double now, double step, double piece, uint32_t l,
  const NjLanes* v, NjLanes* y)
{
  enum { N = System::size };
  NjLanes from[N];
  double ratio[NJ_TILE], left = step;
  for (int n = 0; n < N; ++n)
  {
    from[n][l] = v[n][l];
  }
  while (true)
  {
    const bool last = piece >= left;
    const double length = last ? left : piece;
    nj_step(f, now, length, l, l + 1, from, y, ratio);
    if (ratio[l] <= 1.1)
    {
      if (last)
      {
        return true;
      }
      now += length;
      left -= length;
      piece *= nj_grow(ratio[l]);
      for (int n = 0; n < N; ++n)
      {
        from[n][l] = y[n][l];
      }
    }
    else
    {
      piece = length * nj_shrink(ratio[l]);
      if (piece < 1e-15 * step)
      {
        return false;
      }
    }
  }
}

/* Advance the lanes first..last-1 by `step`, those where the mask is 0 perhaps not. A whole step is tried
   for all lanes at once; where its error is too large, lanes go on one by one. */
template <class System>
static void nj_integrate(const System& f, const NjBlock* block, const NjTile* tile, uint32_t lag, double now,
  double step, uint32_t first, uint32_t last, const int64_t* mask, const NjLanes* v, NjLanes* y)
{
  double ratio[NJ_TILE];
  nj_step(f, now, step, first, last, v, y, ratio);
  for (uint32_t l = first; l < last; ++l)
  {
    if (ratio[l] <= 1.1 || (mask && !mask[l]))
    {
      continue;
    }
    if (!nj_pieces(f, now, step, step * nj_shrink(ratio[l]), l, v, y))
    {
      for (int n = 0; n < System::size; ++n)
      {
        y[n][l] = v[n][l];
      }
      if (l < tile->lanes)
      {
        block->fail(block->host, tile->first_lane + l, lag, f.what);
      }
    }
  }
}
