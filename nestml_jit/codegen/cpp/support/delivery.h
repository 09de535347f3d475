/* Decay factors for whole numbers of steps: a fine table for the lower bits, a coarse one for the
   upper bits, and behind them the rate per step for what is longer than both. */
enum { NJ_DECAY_BITS = 8, NJ_DECAY_SIDE = 1 << NJ_DECAY_BITS, NJ_DECAY = 2 * NJ_DECAY_SIDE };
static inline void nj_fill_decay(double* table, double rate)
{
  for (int steps = 0; steps < NJ_DECAY_SIDE; ++steps)
  {
    table[steps] = std::exp(rate * steps);
    table[NJ_DECAY_SIDE + steps] = std::exp(rate * (double(steps) * NJ_DECAY_SIDE));
  }
  table[NJ_DECAY] = rate;
}
static inline double nj_decay(const double* table, int64_t steps)
{
  if (steps >> (2 * NJ_DECAY_BITS))
  {
    return std::exp(table[NJ_DECAY] * double(steps));
  }
  return table[steps & (NJ_DECAY_SIDE - 1)] * table[NJ_DECAY_SIDE + (steps >> NJ_DECAY_BITS)];
}
/* Connections that are delivered at once. */
enum { NJ_BATCH = 64 };
/* Fetch what a batch of connections takes of a column. */
template <typename T> static inline void nj_prefetch_batch(const T* values)
{
  for (size_t byte = 0; byte < NJ_BATCH * sizeof(T); byte += 64)
  {
    __builtin_prefetch(reinterpret_cast<const char*>(values) + byte);
  }
}
/* Steps between two times, none of them before the beginning at 0. */
static inline int64_t nj_since(int64_t step, int64_t earlier)
{
  const int64_t from = earlier < 0 ? 0 : earlier;
  return step > from ? step - from : 0;
}

/* Where events of one spike go. */
struct NjTarget
{
  double* ring;
  const uint64_t* slot_offset;
  uint64_t positive, negative;
  double negative_sign;
  int64_t count_positive, count_negative;
  double* emitted;
  void (*note)(void*, uint32_t, uint32_t, double);
  void* notes;
};
static inline NjTarget nj_target(const NjDelivery* d)
{
  return { d->block->ring, d->slot_offset, d->positive, d->negative, d->negative_sign, d->count_positive,
    d->count_negative, d->emitted, d->note, d->notes };
}
static inline void nj_arrive(const NjTarget& to, uint32_t lane, uint32_t delay, uint32_t i, double weight)
{
  double* const slot = to.ring + to.slot_offset[delay] + lane;
  const bool flipped = weight < 0.0;
  slot[flipped ? to.negative : to.positive] += flipped ? weight * to.negative_sign : weight;
  const int64_t count = flipped ? to.count_negative : to.count_positive;
  if (count >= 0)
  {
    slot[count] += 1.0;
  }
  if (to.emitted)
  {
    to.emitted[i] = weight;
  }
}
/* One of several events that a spike may lead to. */
[[maybe_unused]] static inline void nj_arrive_too(const NjTarget& to, uint32_t lane, uint32_t delay, uint32_t i,
  uint32_t repeat, double weight)
{
  nj_arrive(to, lane, delay, i, weight);
  if (to.note)
  {
    to.note(to.notes, i, repeat, weight);
  }
}
/* The same weight with the same delay for all connections of a run. */
[[maybe_unused]] static inline void nj_arrive_alike(const NjTarget& to, const NjRun* run, double weight)
{
  const bool flipped = weight < 0.0;
  const double value = flipped ? weight * to.negative_sign : weight;
  double* const slot = to.ring + to.slot_offset[run->delay[0]];
  double* const row = slot + (flipped ? to.negative : to.positive);
  const uint32_t* const lane = run->lane;
  const uint32_t size = run->size;
  for (uint32_t i = 0; i < size; ++i)
  {
    if (i % NJ_BATCH == 0)
    {
      nj_prefetch_batch(lane + i + 4 * NJ_BATCH);
    }
    row[lane[i]] += value;
  }
  const int64_t count = flipped ? to.count_negative : to.count_positive;
  for (uint32_t i = 0; count >= 0 && i < size; ++i)
  {
    slot[count + int64_t(lane[i])] += 1.0;
  }
  for (uint32_t i = 0; to.emitted && i < size; ++i)
  {
    to.emitted[i] = weight;
  }
}
