/* Numerical solution for the lanes of a tile, a SIMD batch of lanes at a time.

   A system has `size` variables, pointers to what else its equations read (tolerances last), and an operator that
   computes the slopes `k` of a SIMD batch of lanes from their values `x` at the times `now`; what depends on neither is
   computed before, once per step (`hoist`). A method makes one step with a SIMD batch, each lane with a length of its own, and
   says how large its error is over the tolerance. */
enum { NJ_LANES = 8, NJ_PACK = 32 };
typedef double NjLanes[NJ_TILE];
typedef double NjPack[NJ_PACK];

/* A multiple of NJ_LANES, so that the compiler knows that it is one. */
static inline uint32_t nj_whole(uint32_t lanes) { return lanes & ~(NJ_LANES - 1u); }
/* Compute something for each lane of the first part of a SIMD batch. */
template <class Compute>
[[gnu::always_inline]] static inline void nj_each(uint32_t lanes, Compute compute)
{
  const uint32_t whole = nj_whole(lanes);
#pragma omp simd
  for (uint32_t l = 0; l < whole; ++l)
  {
    compute(l);
  }
}

/* sum := sum + factor * k */
[[maybe_unused]] static inline void nj_add(const double* k, double factor, uint32_t lanes, double* sum)
{
  nj_each(lanes, [&](uint32_t l) { sum[l] = nj_fma(factor, k[l], sum[l]); });
}
/* x := v + h * slope */
[[maybe_unused]] static inline void nj_move(
  const double* v, const double* h, const double* slope, uint32_t lanes, double* x)
{
  nj_each(lanes, [&](uint32_t l) { x[l] = nj_fma(h[l], slope[l], v[l]); });
}
/* time := now + share * h */
[[maybe_unused]] static inline void nj_later(
  const double* now, const double* h, double share, uint32_t lanes, double* time)
{
  nj_each(lanes, [&](uint32_t l) { time[l] = nj_fma(share, h[l], now[l]); });
}

/* The largest ratio of an error to its tolerance so far, as a fraction: one division for all variables. It is no number
   if any of these was not finite: comparisons alone would forget that at the next variable. */
struct NjWorst
{
  NjPack error, tolerance, spoilt;
  explicit NjWorst(uint32_t lanes)
  {
    nj_each(lanes, [&](uint32_t l) {
      error[l] = spoilt[l] = 0.0;
      tolerance[l] = 1.0;
    });
  }
  [[gnu::always_inline]] void note(uint32_t l, double found, double allowed)
  {
    const bool smaller = found * tolerance[l] <= error[l] * allowed;
    error[l] = smaller ? error[l] : found;
    tolerance[l] = smaller ? tolerance[l] : allowed;
    spoilt[l] = nj_fma(0.0, found + allowed, spoilt[l]); // 0 if they are finite
  }
  void ratios(uint32_t lanes, double* ratio) const
  {
    nj_each(lanes, [&](uint32_t l) { ratio[l] = error[l] / tolerance[l] + spoilt[l]; });
  }
};

/* Variables of a system whose errors count: these and those between. */
struct NjChecked
{
  int first, last;
};

/* Lanes that need more than one step, in front of arrays of their own; a lane that has arrived makes room for the last
   one, so that all that is computed is needed. */
template <class System>
struct NjQueue
{
  enum { N = System::size, C = System::columns };
  alignas(64) double constant[C][NJ_TILE], from[N][NJ_TILE], to[N][NJ_TILE];
  alignas(64) double now[NJ_TILE], left[NJ_TILE], substep[NJ_TILE], ratio[NJ_TILE], next[NJ_TILE];
  alignas(64) double substep_before[NJ_TILE], ratio_before[NJ_TILE]; // of the last substep that was accepted
  uint32_t lane[NJ_TILE], lanes = 0;

  uint32_t padded() const { return (lanes + NJ_LANES - 1) / NJ_LANES * NJ_LANES; }
  /* Add a lane with what came of its first attempt, which was too long. */
  void add(const System& f, double begin, double step, double tried, double found, const NjLanes* v, uint32_t l)
  {
    lane[lanes] = l;
    for (int c = 0; c < C; ++c)
    {
      constant[c][lanes] = f.column[c][l];
    }
    for (int n = 0; n < N; ++n)
    {
      from[n][lanes] = v[n][l];
    }
    now[lanes] = begin;
    left[lanes] = step;
    substep[lanes] = substep_before[lanes] = tried;
    ratio[lanes] = found;
    ratio_before[lanes] = HUGE_VAL;
    ++lanes;
  }
  void move(uint32_t source, uint32_t target)
  {
    lane[target] = lane[source];
    for (int c = 0; c < C; ++c)
    {
      constant[c][target] = constant[c][source];
    }
    for (int n = 0; n < N; ++n)
    {
      from[n][target] = from[n][source];
      to[n][target] = to[n][source];
    }
    now[target] = now[source];
    left[target] = left[source];
    substep[target] = substep[source];
    ratio[target] = ratio[source];
    substep_before[target] = substep_before[source];
    ratio_before[target] = ratio_before[source];
  }
  void drop(uint32_t at) { move(--lanes, at); }
  /* Let unused lanes of the last SIMD batch do what the first one does. */
  void pad()
  {
    for (uint32_t l = lanes; l % NJ_LANES; ++l)
    {
      move(0, l);
    }
  }
  /* Divide what is left into substeps of equal length, about as long as they may be. The share of a substep by which they
     may be longer must be less than what a rejected substep is shortened by (0.13, see nj_adapt), or it would be tried
     again for ever. */
  void divide(double share)
  {
    nj_each(padded(), [&](uint32_t l) {
      const double substeps = std::ceil(left[l] / next[l] - share);
      substep[l] = left[l] / (substeps > 1.0 ? substeps : 1.0);
    });
  }
  /* Go on behind a substep. */
  void accept(uint32_t at)
  {
    now[at] += substep[at];
    left[at] -= substep[at];
    for (int n = 0; n < N; ++n)
    {
      from[n][at] = to[n][at];
    }
  }
};

/* x^(-1 / order) with a relative error of 3e-4, for finite x >= 0; of others anything may come. */
template <int order>
[[gnu::always_inline]] static inline double nj_inverse_root(double x)
{
  const NjScaled found = nj_split(x);
  const double f = found.m - 1.0;
  const double log2 =
    f * nj_fma(f, nj_fma(f, nj_fma(f, -0.32962515491475336, 0.5175095070645395), -0.7249047349641351), 1.4417606300927528);
  const NjReduced rest = nj_reduce((found.n + log2) * (-0.6931471805599453 / order));
  const double r = rest.r;
  const double power = nj_fma(r, nj_fma(r, nj_fma(r, 0.16778298, 0.50430841), 0.99997121), 0.99994814);
  return power * nj_power_of_two(rest.bits + 1023);
}

/* Lengths of the next substeps: such that the error would be what is allowed, if it grows with the length by the
   method's order, and from substep to substep as it did before (Gustafsson 1994, ACM Trans. Math. Softw. 20(4):496-517;
   only if that means shorter substeps). */
template <class Method, class System>
[[gnu::noinline]] static void nj_adapt(NjQueue<System>& queue)
{
  nj_each(queue.padded(), [&](uint32_t l) {
    const double ratio = queue.ratio[l];
    const double growth = ratio * nj_power<Method::order>(queue.substep_before[l])
      / (queue.ratio_before[l] * nj_power<Method::order>(queue.substep[l]));
    const double worse = growth > 1.0 ? (growth < 100.0 ? growth : 100.0) : 1.0;
    const double forecast = ratio <= 1.1 ? ratio * worse : ratio;
    const double factor = 0.9 * nj_inverse_root<Method::order>(forecast);
    const double bounded = factor > 25.0 ? 25.0 : factor > 0.02 ? factor : 0.02;
    queue.next[l] = queue.substep[l] * (ratio < HUGE_VAL ? bounded : 0.02); // also if it is no number
    queue.substep_before[l] = ratio <= 1.1 ? queue.substep[l] : queue.substep_before[l];
    queue.ratio_before[l] = ratio <= 1.1 ? ratio : queue.ratio_before[l];
  });
}

/* What a step belongs to; `block` is null if nobody is to be told of lanes that cannot be integrated. */
struct NjPlace
{
  const NjBlock* block;
  const NjTile* tile;
  uint32_t lag;
  double begin, step;
};

/* Why a lane of a queue cannot be integrated: the variable whose derivative is no finite number, else the one with
   the largest error. */
template <class Method, class System>
[[gnu::noinline, gnu::cold]] static const char* nj_reason(const System& f, const NjQueue<System>& queue, uint32_t l)
{
  enum { N = System::size };
  alignas(64) double x[N][NJ_PACK], k[N][NJ_PACK], ratio[NJ_TILE];
  alignas(64) NjLanes to[N];
  const uint32_t first = l / NJ_LANES * NJ_LANES;
  for (int n = 0; n < N; ++n)
  {
    std::memcpy(x[n], queue.from[n] + first, NJ_LANES * sizeof(double));
  }
  for (int attempt = 0; attempt < 2; ++attempt) // where the lane is, and where that leads to
  {
    f(first, NJ_LANES, queue.now + first, x, k);
    for (int n = 0; n < N; ++n)
    {
      if (!(std::fabs(k[n][l - first]) < HUGE_VAL))
      {
        return System::derivative(n);
      }
      nj_move(x[n], queue.substep + first, k[n], NJ_LANES, x[n]);
    }
  }
  int worst = 0;
  double largest = 0.0;
  for (int n = 0; n < System::solved && largest == largest; ++n)
  {
    Method::template step<NJ_LANES>(f, first, { n, n + 1 }, queue.now, queue.substep, queue.from, to, ratio);
    worst = ratio[l] <= largest ? worst : n;
    largest = ratio[l] <= largest ? largest : ratio[l];
  }
  return System::error(worst);
}

/* How many of some lanes are tried at once. */
template <class System>
static uint32_t nj_width(uint32_t lanes)
{
  constexpr uint32_t wide = System::batch, half = wide / 2, least = NJ_LANES;
  return lanes >= wide ? wide : lanes >= half ? half : least;
}

/* Try steps with that many lanes. */
template <class Method, class System>
static void nj_try(const System& f, uint32_t first, uint32_t width, const double* now, const double* h,
  const NjLanes* v, NjLanes* y, double* ratio)
{
  constexpr uint32_t wide = System::batch, half = wide / 2;
  const auto step = width == wide ? Method::template step<wide, System>
    : width == half               ? Method::template step<half, System>
                                  : Method::template step<NJ_LANES, System>;
  step(f, first, { 0, System::size }, now, h, v, y, ratio);
}

/* Leave the lanes of a queue where they were at the beginning of the step. */
template <class System>
[[gnu::noinline, gnu::cold]] static void nj_leave(NjQueue<System>& queue, const NjLanes* v, NjLanes* y)
{
  for (; queue.lanes > 0; --queue.lanes)
  {
    const uint32_t lane = queue.lane[queue.lanes - 1];
    for (int n = 0; n < System::size; ++n)
    {
      y[n][lane] = v[n][lane];
    }
  }
}

/* Advance the lanes of a queue in as many substeps as each needs; says why if one cannot be integrated. */
template <class Method, class System>
[[gnu::noinline]] static const char* nj_pieces(
  const System& f, NjQueue<System>& queue, const NjPlace& at, const NjLanes* v, NjLanes* y)
{
  enum { N = System::size };
  System packed = f;
  for (int c = 0; c < System::columns; ++c)
  {
    packed.column[c] = queue.constant[c];
  }
  queue.pad();
  const char* reason = nullptr;
  double since = 0.0;
  while (queue.lanes > 0)
  {
    if (!nj_goes_on(since, System::where()))
    {
      nj_leave(queue, v, y);
      return nullptr;
    }
    nj_adapt<Method>(queue);
    queue.divide(0.08); // a little longer than wanted is short enough
    const uint32_t lanes = queue.padded();
    for (uint32_t first = 0, width; first < lanes; first += width)
    {
      width = nj_width<System>(lanes - first);
      nj_try<Method>(packed, first, width, queue.now, queue.substep, queue.from, queue.to, queue.ratio);
    }
    for (uint32_t l = 0; l < queue.lanes;)
    {
      const uint32_t lane = queue.lane[l];
      const bool accepted = queue.ratio[l] <= 1.1;
      const bool arrived = accepted && queue.substep[l] >= queue.left[l];
      const bool lost = !arrived && queue.substep[l] < 1e-12 * at.step;
      if (lost)
      {
        reason = nj_reason<Method>(packed, queue, l);
      }
      if (lost && at.block && lane < at.tile->lanes)
      {
        at.block->fail(at.block->host, at.tile->first_lane + lane, at.lag, reason);
      }
      if (arrived || lost)
      {
        for (int n = 0; n < N; ++n)
        {
          y[n][lane] = arrived ? queue.to[n][l] : v[n][lane];
        }
        queue.drop(l);
        continue;
      }
      if (accepted)
      {
        queue.accept(l);
      }
      ++l;
    }
  }
  return reason;
}

/* Advance one lane. */
template <class Method, class System>
[[maybe_unused]] static void nj_integrate_lane(System f, const NjPlace& at, uint32_t l, const NjLanes* v, NjLanes* y)
{
  alignas(64) double fixed[System::hoisted][NJ_TILE];
  f.hoist(fixed, l / NJ_LANES * NJ_LANES, NJ_LANES);
  NjQueue<System> queue;
  queue.add(f, at.begin, at.step, at.step, nj_power<Method::order>(0.9), v, l);
  nj_pieces<Method>(f, queue, at, v, y);
}

/* Advance what is no lane of a tile: all that the system points to are single values. Says why if it cannot. */
template <class Method, class System>
[[maybe_unused]] static const char* nj_integrate_alone(
  System f, double begin, double step, double first, const NjLanes* v, NjLanes* y)
{
  alignas(64) double fixed[System::hoisted][NJ_TILE], source[System::sources][NJ_LANES] = {};
  for (int s = 0; s < System::sources; ++s)
  {
    for (uint32_t l = 0; f.source[s] && l < NJ_LANES; ++l)
    {
      source[s][l] = *f.source[s];
    }
    f.source[s] = source[s];
  }
  f.hoist(fixed, 0, NJ_LANES);
  NjQueue<System> queue;
  queue.add(f, begin, step, first, nj_power<Method::order>(0.9), v, 0);
  return nj_pieces<Method>(f, queue, { nullptr, nullptr, 0, begin, step }, v, y);
}

/* Advance all lanes, those where the mask is 0 perhaps not. A whole step is tried for all lanes at once; those where
   its error is too large go on together. */
template <class Method, class System>
[[maybe_unused]] static void nj_integrate(
  System f, const NjPlace& at, const int64_t* mask, const NjLanes* v, NjLanes* y)
{
  alignas(64) double ratio[NJ_TILE] = {}, now[NJ_TILE], step[NJ_TILE];
  alignas(64) double fixed[System::hoisted][NJ_TILE];
  const uint32_t computed = nj_computed(at.tile);
  int64_t rejected = 0;
  for (uint32_t l = 0; l < NJ_TILE; ++l)
  {
    now[l] = at.begin;
    step[l] = at.step;
  }
  for (uint32_t first = 0, width; first < computed; first += width)
  {
    width = nj_width<System>(computed - first);
    int64_t any = mask ? 0 : -1;
    for (uint32_t l = first; mask && l < first + width; ++l)
    {
      any |= mask[l];
    }
    if (any)
    {
      f.hoist(fixed, first, width);
      nj_try<Method>(f, first, width, now, step, v, y, ratio);
    }
    for (uint32_t l = first; any && l < first + width; ++l)
    {
      rejected |= ratio[l] <= 1.1 ? 0 : (mask ? mask[l] : -1);
    }
  }
  if (!rejected)
  {
    return;
  }
  NjQueue<System> queue;
  for (uint32_t l = 0; l < computed; ++l)
  {
    if (!(ratio[l] <= 1.1) && (!mask || mask[l]))
    {
      queue.add(f, at.begin, at.step, at.step, ratio[l], v, l);
    }
  }
  nj_pieces<Method>(f, queue, at, v, y);
}
