/* Numerical solution for the lanes of a tile.

   A system has `size` variables, tolerances, and an operator that computes the slopes `k` of the lanes
   first..last-1 from their values `x` at the time `now`. A method makes one step and says how large its
   error is over the tolerance, and how the length of a step follows from that. */
typedef double NjLanes[NJ_TILE];

/* x := v + step * sum of weight * k, for one variable. */
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

/* Factors for the length of the next step, as GSL's standard control has them. */
static inline double nj_shorter(double ratio, double order)
{
  const double factor = 0.9 / std::pow(ratio, 1.0 / order);
  return factor > 0.2 ? factor : 0.2;
}
static inline double nj_longer(double ratio, double order)
{
  if (ratio >= 0.5)
  {
    return 1.0;
  }
  const double factor = 0.9 / std::pow(ratio, 1.0 / (order + 1.0));
  return factor > 5.0 ? 5.0 : (factor < 1.0 ? 1.0 : factor);
}

/* Advance one lane by `step` in pieces, the first of length `piece`; false if that is impossible. */
template <class Method, class System>
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
    Method::step(f, now, length, l, l + 1, from, y, ratio);
    if (ratio[l] <= 1.1)
    {
      if (last)
      {
        return true;
      }
      now += length;
      left -= length;
      piece *= nj_longer(ratio[l], Method::order);
      for (int n = 0; n < N; ++n)
      {
        from[n][l] = y[n][l];
      }
    }
    else
    {
      piece = length * nj_shorter(ratio[l], Method::order);
      if (piece < 1e-15 * step)
      {
        return false;
      }
    }
  }
}

/* Advance the lanes first..last-1 by `step`, those where the mask is 0 perhaps not. A whole step is tried
   for all lanes at once; where its error is too large, lanes go on one by one. */
template <class Method, class System>
static void nj_integrate(const System& f, const NjBlock* block, const NjTile* tile, uint32_t lag, double now,
  double step, uint32_t first, uint32_t last, const int64_t* mask, const NjLanes* v, NjLanes* y)
{
  double ratio[NJ_TILE];
  Method::step(f, now, step, first, last, v, y, ratio);
  for (uint32_t l = first; l < last; ++l)
  {
    if (ratio[l] <= 1.1 || (mask && !mask[l]))
    {
      continue;
    }
    if (!nj_pieces<Method>(f, now, step, step * nj_shorter(ratio[l], Method::order), l, v, y))
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
