/* Numerical solution for the lanes of a tile, a pack of lanes at a time.

   A system has `size` variables, pointers to what else its equations read (tolerances last), and an operator that
   computes the slopes `k` of a pack of lanes from their values `x` at the times `now`; what depends on neither is
   computed before, once per step (`hoist`). A method makes one step with a pack, each lane with a length of its own, and
   says how large its error is over the tolerance. */
enum { NJ_PACK = 16 };
typedef double NjLanes[NJ_TILE];
typedef double NjPack[NJ_PACK];

/* sum := sum + factor * k */
[[maybe_unused]] static inline void nj_add(const double* k, double factor, double* sum)
{
#pragma omp simd
  for (uint32_t l = 0; l < NJ_PACK; ++l)
  {
    sum[l] += factor * k[l];
  }
}
/* x := v + h * slope */
[[maybe_unused]] static inline void nj_move(const double* v, const double* h, const double* slope, double* x)
{
#pragma omp simd
  for (uint32_t l = 0; l < NJ_PACK; ++l)
  {
    x[l] = v[l] + h[l] * slope[l];
  }
}
/* time := now + share * h */
[[maybe_unused]] static inline void nj_later(const double* now, const double* h, double share, double* time)
{
#pragma omp simd
  for (uint32_t l = 0; l < NJ_PACK; ++l)
  {
    time[l] = now[l] + share * h[l];
  }
}

/* The largest ratio of an error to its tolerance so far, as a fraction: one division for all variables. */
struct NjWorst
{
  NjPack error, tolerance;
  NjWorst()
  {
    for (uint32_t l = 0; l < NJ_PACK; ++l)
    {
      error[l] = 0.0;
      tolerance[l] = 1.0;
    }
  }
  [[gnu::always_inline]] void note(uint32_t l, double found, double allowed)
  {
    const bool smaller = found * tolerance[l] <= error[l] * allowed; // false if it is no number
    error[l] = smaller ? error[l] : found;
    tolerance[l] = smaller ? tolerance[l] : allowed;
  }
  void ratios(double* ratio) const
  {
#pragma omp simd
    for (uint32_t l = 0; l < NJ_PACK; ++l)
    {
      ratio[l] = error[l] / tolerance[l];
    }
  }
};

/* Factors for the lengths of the next steps, as GSL's standard control has them: shorter where an error was too
   large, else longer. */
template <class Method> [[gnu::noinline]] static void nj_adapt(const double* ratio, uint32_t lanes, double* factor)
{
#pragma omp simd
  for (uint32_t l = 0; l < lanes; ++l)
  {
    const bool accepted = ratio[l] <= 1.1;
    const double power = nj_log(ratio[l]) * (accepted ? -1.0 / (Method::order + 1.0) : -1.0 / Method::order);
    const double wanted = 0.9 * nj_exp(power);
    const double longer = wanted > 5.0 ? 5.0 : (wanted < 1.0 ? 1.0 : wanted);
    const double shorter = wanted > 0.2 ? wanted : 0.2; // also if it is no number
    factor[l] = accepted ? (ratio[l] >= 0.5 ? 1.0 : longer) : shorter;
  }
}

/* Lanes that need more than one step, in front of arrays of their own; a lane that has arrived makes room for the last
   one, so that all that is computed is needed. */
template <class System> struct NjQueue
{
  enum { N = System::size, C = System::columns };
  alignas(64) double constant[C][NJ_TILE], from[N][NJ_TILE], to[N][NJ_TILE];
  alignas(64) double now[NJ_TILE], left[NJ_TILE], piece[NJ_TILE], ratio[NJ_TILE], factor[NJ_TILE];
  uint32_t lane[NJ_TILE], lanes = 0;

  void put(const System& f, const NjLanes* v, uint32_t l, uint32_t at)
  {
    lane[at] = l;
    for (int c = 0; c < C; ++c)
    {
      constant[c][at] = f.column[c][l];
    }
    for (int n = 0; n < N; ++n)
    {
      from[n][at] = v[n][l];
    }
  }
  void add(const System& f, double begin, double step, double first, const NjLanes* v, uint32_t l)
  {
    put(f, v, l, lanes);
    now[lanes] = begin;
    left[lanes] = step;
    piece[lanes] = first;
    ++lanes;
  }
  void drop(uint32_t at)
  {
    const uint32_t last = --lanes;
    lane[at] = lane[last];
    for (int c = 0; c < C; ++c)
    {
      constant[c][at] = constant[c][last];
    }
    for (int n = 0; n < N; ++n)
    {
      from[n][at] = from[n][last];
      to[n][at] = to[n][last];
    }
    now[at] = now[last];
    left[at] = left[last];
    piece[at] = piece[last];
    ratio[at] = ratio[last];
    factor[at] = factor[last];
  }
  /* Let unused lanes of the last pack do what the first one does. */
  void pad()
  {
    for (uint32_t l = lanes; l % NJ_PACK; ++l)
    {
      for (int c = 0; c < C; ++c)
      {
        constant[c][l] = constant[c][0];
      }
      for (int n = 0; n < N; ++n)
      {
        from[n][l] = from[n][0];
      }
      now[l] = now[0];
      left[l] = left[0];
      piece[l] = piece[0];
    }
  }
};

/* What a step belongs to; `block` is null if nobody is to be told of lanes that cannot be integrated. */
struct NjPlace
{
  const NjBlock* block;
  const NjTile* tile;
  uint32_t lag;
  double begin, step;
};

/* Advance the lanes of a queue in as many pieces as each needs; false if one cannot be integrated. */
template <class Method, class System>
[[gnu::noinline]] static bool nj_pieces(const System& f, NjQueue<System>& queue, const NjPlace& at, const NjLanes* v,
  NjLanes* y)
{
  enum { N = System::size };
  System packed = f;
  for (int c = 0; c < System::columns; ++c)
  {
    packed.column[c] = queue.constant[c];
  }
  queue.pad();
  bool complete = true;
  while (queue.lanes > 0)
  {
    const uint32_t lanes = (queue.lanes + NJ_PACK - 1) / NJ_PACK * NJ_PACK;
    for (uint32_t l = 0; l < lanes; ++l)
    {
      queue.piece[l] = queue.piece[l] < queue.left[l] ? queue.piece[l] : queue.left[l];
    }
    for (uint32_t first = 0; first < lanes; first += NJ_PACK)
    {
      Method::step(packed, first, queue.now, queue.piece, queue.from, queue.to, queue.ratio);
    }
    nj_adapt<Method>(queue.ratio, lanes, queue.factor);
    for (uint32_t l = 0; l < queue.lanes;)
    {
      const uint32_t lane = queue.lane[l];
      const bool accepted = queue.ratio[l] <= 1.1;
      const bool arrived = accepted && queue.piece[l] >= queue.left[l];
      const double next = queue.piece[l] * queue.factor[l];
      const bool lost = !accepted && next < 1e-15 * at.step;
      if (arrived || lost)
      {
        for (int n = 0; n < N; ++n)
        {
          y[n][lane] = arrived ? queue.to[n][l] : v[n][lane];
        }
        complete = complete && !lost;
        if (lost && at.block && lane < at.tile->lanes)
        {
          at.block->fail(at.block->host, at.tile->first_lane + lane, at.lag, f.what);
        }
        queue.drop(l);
        continue;
      }
      if (accepted)
      {
        queue.now[l] += queue.piece[l];
        queue.left[l] -= queue.piece[l];
        for (int n = 0; n < N; ++n)
        {
          queue.from[n][l] = queue.to[n][l];
        }
      }
      queue.piece[l] = next;
      ++l;
    }
  }
  return complete;
}

/* Advance one lane. */
template <class Method, class System>
[[maybe_unused]] static void nj_integrate_lane(System f, const NjPlace& at, uint32_t l, const NjLanes* v,
  NjLanes* y)
{
  alignas(64) double fixed[System::hoisted][NJ_TILE];
  f.hoist(fixed, l / NJ_PACK * NJ_PACK);
  NjQueue<System> queue;
  queue.add(f, at.begin, at.step, at.step, v, l);
  nj_pieces<Method>(f, queue, at, v, y);
}

/* Advance what is no lane of a tile: all that the system points to are single values. */
template <class Method, class System>
[[maybe_unused]] static bool nj_integrate_alone(System f, double begin, double step, double first, const NjLanes* v,
  NjLanes* y)
{
  alignas(64) double fixed[System::hoisted][NJ_TILE], source[System::sources][NJ_PACK] = {};
  for (int s = 0; s < System::sources; ++s)
  {
    for (uint32_t l = 0; f.source[s] && l < NJ_PACK; ++l)
    {
      source[s][l] = *f.source[s];
    }
    f.source[s] = source[s];
  }
  f.hoist(fixed, 0);
  NjQueue<System> queue;
  queue.add(f, begin, step, first, v, 0);
  return nj_pieces<Method>(f, queue, { nullptr, nullptr, 0, begin, step }, v, y);
}

/* Advance all lanes, those where the mask is 0 perhaps not. A whole step is tried for all lanes at once; those where
   its error is too large go on together. */
template <class Method, class System>
[[maybe_unused]] static void nj_integrate(System f, const NjPlace& at, const int64_t* mask, const NjLanes* v,
  NjLanes* y)
{
  alignas(64) double ratio[NJ_TILE] = {}, factor[NJ_TILE], now[NJ_TILE], step[NJ_TILE];
  alignas(64) double fixed[System::hoisted][NJ_TILE];
  int64_t wanted[NJ_TILE / NJ_PACK], rejected = 0;
  for (uint32_t l = 0; l < NJ_TILE; ++l)
  {
    now[l] = at.begin;
    step[l] = at.step;
  }
  for (uint32_t first = 0; first < NJ_TILE; first += NJ_PACK)
  {
    int64_t any = mask ? 0 : -1;
    for (uint32_t l = first; mask && l < first + NJ_PACK; ++l)
    {
      any |= mask[l];
    }
    wanted[first / NJ_PACK] = any;
    if (any)
    {
      f.hoist(fixed, first);
      Method::step(f, first, now, step, v, y, ratio);
    }
    for (uint32_t l = first; any && l < first + NJ_PACK; ++l)
    {
      rejected |= ratio[l] <= 1.1 ? 0 : (mask ? mask[l] : -1);
    }
  }
  if (!rejected)
  {
    return;
  }
  NjQueue<System> queue;
  nj_adapt<Method>(ratio, NJ_TILE, factor);
  for (uint32_t l = 0; l < NJ_TILE; ++l)
  {
    if (wanted[l / NJ_PACK] && !(ratio[l] <= 1.1) && (!mask || mask[l]))
    {
      queue.add(f, at.begin, at.step, at.step * factor[l], v, l);
    }
  }
  nj_pieces<Method>(f, queue, at, v, y);
}
