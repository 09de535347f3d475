/* What NEST's waveform relaxation is told of a step: the potential at its beginning and its end, and the derivatives
   there. It is noted during trials only, see NjBlock::trajectory. */
static inline double* nj_course(const NjBlock* block, const NjTile* tile, uint32_t lag, uint32_t row)
{
  return block->trajectory + (4 * uint64_t(lag) + row) * block->lane_stride + tile->first_lane;
}
/* A potential that is not integrated stays where it is. */
static inline void nj_rest(const NjBlock* block, const NjTile* tile, uint32_t lag, const double* potential)
{
  if (!block->trajectory)
  {
    return;
  }
  for (uint32_t l = 0; l < nj_computed(tile); ++l)
  {
    nj_course(block, tile, lag, 0)[l] = nj_course(block, tile, lag, 1)[l] = potential[l];
    nj_course(block, tile, lag, 2)[l] = nj_course(block, tile, lag, 3)[l] = 0.0;
  }
}
/* Note one end of a step for those of some consecutive lanes where the mask holds; variable n is the potential. */
template <class System>
static void nj_follow_end(const System& f, const NjPlace& at, const int64_t* mask, int n, const NjLanes* v,
  uint32_t first, uint32_t end)
{
  alignas(64) double x[System::size][NJ_PACK], k[System::size][NJ_PACK], time[NJ_PACK];
  for (int m = 0; m < System::size; ++m)
  {
    std::memcpy(x[m], v[m] + first, sizeof(x[m]));
  }
  for (uint32_t l = 0; l < NJ_PACK; ++l)
  {
    time[l] = at.begin + end * at.step;
  }
  f(first, NJ_PACK, time, x, k);
  for (uint32_t l = 0; l < NJ_PACK; ++l)
  {
    if (!mask || mask[first + l])
    {
      nj_course(at.block, at.tile, at.lag, end)[first + l] = x[n][l];
      nj_course(at.block, at.tile, at.lag, 2 + end)[first + l] = k[n][l];
    }
  }
}
/* Note a step from values v to values y. */
template <class System>
[[maybe_unused, gnu::noinline]] static void nj_follow(
  System f, const NjPlace& at, const int64_t* mask, int n, const NjLanes* v, const NjLanes* y)
{
  if (!at.block->trajectory)
  {
    return;
  }
  alignas(64) double fixed[System::hoisted][NJ_TILE];
  for (uint32_t first = 0; first < NJ_TILE; first += NJ_PACK)
  {
    f.hoist(fixed, first, NJ_PACK);
    nj_follow_end(f, at, mask, n, v, first, 0);
    nj_follow_end(f, at, mask, n, y, first, 1);
  }
}
/* The same for a lane that is integrated alone: only its values are there. */
template <class System>
[[maybe_unused]] static void nj_follow_lane(
  const System& f, const NjPlace& at, uint32_t lane, int n, const NjLanes* v, const NjLanes* y)
{
  alignas(64) NjLanes from[System::size], to[System::size];
  int64_t mask[NJ_TILE] = {};
  mask[lane] = -1;
  for (int m = 0; m < System::size; ++m)
  {
    for (uint32_t l = 0; l < NJ_TILE; ++l)
    {
      from[m][l] = v[m][lane];
      to[m][l] = y[m][lane];
    }
  }
  nj_follow(f, at, mask, n, from, to);
}
