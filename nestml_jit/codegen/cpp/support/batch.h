/* first if `which`, else second: by bits, for of values that are chosen by branches GCC computes what depends on
   them in the branches, which it then cannot vectorise. */
[[maybe_unused]] static inline double nj_choose(bool which, double first, double second)
{
  const uint64_t mask = -uint64_t(which);
  uint64_t a, b;
  std::memcpy(&a, &first, sizeof(a));
  std::memcpy(&b, &second, sizeof(b));
  const uint64_t bits = (a & mask) | (b & ~mask);
  double chosen;
  std::memcpy(&chosen, &bits, sizeof(chosen));
  return chosen;
}
[[maybe_unused]] static inline int64_t nj_choose(bool which, int64_t first, int64_t second)
{
  const int64_t mask = -int64_t(which);
  return (first & mask) | (second & ~mask);
}
/* What a column holds for a value. */
[[maybe_unused]] static inline double nj_as_slot(double value) { return value; }
[[maybe_unused]] static inline double nj_as_slot(int64_t value)
{
  double slot;
  std::memcpy(&slot, &value, sizeof(slot));
  return slot;
}
/* How many connections ahead their targets' pasts are fetched (so that computing a batch covers it), and how many postsynaptic spikes most connections
   see at most from one presynaptic spike to the next. */
enum { NJ_AHEAD = NJ_BATCH, NJ_FEW = 2 };
/* The decay factor for a number of steps, given how often the value doubles per step (which it never does). Tables
   would have to be gathered from, which costs more. 0 is about 1e-307 here. */
[[maybe_unused, gnu::always_inline]] static inline double nj_decay_near(double doublings, double steps)
{
  const double x = doublings * steps;
  const double bounded = nj_choose(x > -1020.0, x, -1020.0);
  const double shifted = bounded + 6755399441055744.0; // 1.5 * 2^52: rounds
  const double r = (bounded - (shifted - 6755399441055744.0)) * 0.6931471805599453;
  const double y = nj_expm1_near(r) + 1.0;
  uint64_t bits, power;
  std::memcpy(&bits, &y, sizeof(bits));
  std::memcpy(&power, &shifted, sizeof(power));
  bits += power << 52; // adds to the exponent
  double scaled;
  std::memcpy(&scaled, &bits, sizeof(scaled));
  return scaled;
}
/* What a batch of connections needs of the past of its targets, newest entries first, and what comes of it. */
struct NjBatch
{
  alignas(64) double lag[NJ_BATCH], key[NJ_RECENT][NJ_BATCH];
  alignas(64) double value[NJ_RECENT][NJ_AT_HAND > 0 ? NJ_AT_HAND : 1][NJ_BATCH];
  alignas(64) double emitted[NJ_BATCH]; // 0 where a connection is left
  alignas(64) int64_t odd[NJ_BATCH];    // 1 where it is
};
/* Take a lane's newest entries. */
template <uint32_t keys, uint32_t values>
[[gnu::always_inline]] static inline void nj_take_past(NjBatch& batch, uint32_t j, const double* past)
{
  for (uint32_t n = 0; n < keys; ++n)
  {
    batch.key[n][j] = past[n * NJ_HANDFUL];
  }
  for (uint32_t n = 0; n < values; ++n)
  {
    for (int s = 0; s < NJ_AT_HAND; ++s)
    {
      batch.value[n][s][j] = past[n * NJ_HANDFUL + 1 + s];
    }
  }
}
/* Loops of their own, since in a large function they would keep their pointers on the stack. */

/* Fetch what nj_take_few takes. */
static inline void nj_prefetch_few(const unsigned char* recent, uint32_t lane)
{
  for (size_t byte = 0; byte < (NJ_FEW * NJ_HANDFUL + 1) * sizeof(double); byte += 64)
  {
    __builtin_prefetch(recent + size_t(lane) * NJ_LINE + byte);
  }
}
/* Take a few of the newest entries of consecutive connections, and fetch those of the next ones: `ahead` of the
   connections have another one NJ_AHEAD places behind. What will be added to is fetched, too. */
[[gnu::noinline]] static void nj_take_few(NjBatch& batch, const unsigned char* recent, const double* row,
  const uint32_t* lane, uint32_t size, uint32_t ahead)
{
  const auto take = [&](uint32_t j) __attribute__((always_inline)) {
    __builtin_prefetch(row + lane[j], 1);
    nj_take_past<NJ_FEW + 1, NJ_FEW>(batch, j, nj_recent(recent, lane[j]));
  };
  uint32_t j = 0;
  for (; j < ahead; ++j)
  {
    nj_prefetch_few(recent, lane[j + NJ_AHEAD]);
    take(j);
  }
  for (; j < size; ++j)
  {
    take(j);
  }
}
/* Take all that there is of chosen connections. */
[[gnu::noinline]] static void nj_take_many(NjBatch& batch, const unsigned char* recent, const uint32_t* lane,
  const uint32_t* chosen, uint32_t size)
{
  for (uint32_t j = 0; j < size; ++j)
  {
    nj_take_past<NJ_RECENT, NJ_RECENT>(batch, j, nj_recent(recent, lane[chosen[j]]));
  }
}
/* Choose the last connection several times, so that vectors are full. */
static inline uint32_t nj_fill_up(uint32_t* chosen, uint32_t size)
{
  uint32_t full = size;
  for (; full % 8; ++full)
  {
    chosen[full] = chosen[size - 1];
  }
  return full;
}
/* Fetch what few do not need. */
static inline void nj_prefetch_rest(const unsigned char* recent, uint32_t lane)
{
  for (size_t byte = (NJ_FEW * NJ_HANDFUL + 1) * sizeof(double) / 64 * 64; byte < NJ_LINE; byte += 64)
  {
    __builtin_prefetch(recent + size_t(lane) * NJ_LINE + byte);
  }
}
/* Whether connections have one and the same delay. */
static inline bool nj_one_delay(const uint16_t* delay, uint32_t size)
{
  uint16_t differ = 0;
  for (uint32_t j = 0; j < size; ++j)
  {
    differ |= delay[j] ^ delay[0];
  }
  return !differ;
}
[[gnu::noinline]] static void nj_arrive_in_row(double* row, const uint32_t* lane, const double* weight, uint32_t size)
{
  for (uint32_t j = 0; j < size; ++j)
  {
    row[lane[j]] += weight[j];
  }
}
/* Add what a batch emits: of consecutive connections from `first` on, or of `chosen` ones. */
[[gnu::noinline]] static void nj_arrive_all(const NjTarget& to, const NjRun* run, const NjBatch& batch,
  const uint32_t* chosen, uint32_t first, uint32_t size)
{
  for (uint32_t j = 0; j < size; ++j)
  {
    const uint32_t i = chosen ? chosen[j] : first + j;
    if (!batch.odd[j])
    {
      nj_arrive(to, run->lane[i], run->delay[i], i, batch.emitted[j]);
    }
  }
}
/* Bits of those that are left. */
static inline uint64_t nj_left(const NjBatch& batch, uint32_t size)
{
  uint64_t left = 0;
  for (uint32_t begin = 0; begin < NJ_BATCH; begin += 8)
  {
    uint64_t part = 0;
    for (uint32_t j = 0; j < 8; ++j)
    {
      part |= uint64_t(batch.odd[begin + j] & 1) << j;
    }
    left |= part << begin;
  }
  return size < NJ_BATCH ? left & ((uint64_t(1) << size) - 1) : left;
}
