/* Send an event along connection number i of the run at a step at which there need not be a presynaptic spike. */
[[maybe_unused]] static inline void nj_emit(const NjDelivery* d, uint32_t i, int64_t step, double weight)
{
  if (d->emit)
  {
    d->emit(d->emitter, i, step, weight);
  }
}
/* The first of the spikes of a modulatory port that comes after a step. */
[[maybe_unused]] static inline uint32_t nj_first_after(const NjModulation& spikes, int64_t step)
{
  uint32_t low = 0, high = spikes.size;
  while (low < high)
  {
    const uint32_t middle = low + (high - low) / 2;
    (spikes.step[middle] > step ? high : low) = spikes.step[middle] > step ? middle : middle + 1;
  }
  return low;
}
/* A signal's value at a step among those that are kept of a lane; no number if the step is not there. */
[[maybe_unused]] static inline double nj_kept(const NjKept* kept, uint64_t signals, uint64_t signal, int64_t step)
{
  uint64_t low = 0, high = kept->stretches;
  while (low < high)
  {
    const uint64_t middle = low + (high - low) / 2;
    (kept->stretch[middle].first > step ? high : low) = kept->stretch[middle].first > step ? middle : middle + 1;
  }
  if (low == 0)
  {
    return NAN;
  }
  const NjStretch* const found = kept->stretch + low - 1;
  const uint64_t place = found->place + uint64_t(step - found->first);
  return place < (low < kept->stretches ? found[1].place : kept->steps) ? kept->value[place * signals + signal] : NAN;
}
/* The value that a signal of a lane had at the end of a step; no number if nobody keeps signals, or nobody but a
   handler that does not read it asks for that step. */
[[maybe_unused]] static inline double nj_signal(const NjDelivery* d, uint64_t signals, uint64_t signal, int64_t step,
  uint32_t lane)
{
  if (!d->block->signal)
  {
    return NAN;
  }
  const int64_t known = step < d->signal_last ? step : d->signal_last;
  if (known < d->block->signal_first)
  {
    return nj_kept(d->block->signal_kept + lane, signals, signal, known);
  }
  const uint64_t row = (uint64_t(known) & (d->block->signal_steps - 1)) * signals + signal;
  return d->block->signal[row * d->block->lane_stride + lane];
}
