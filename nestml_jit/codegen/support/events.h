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
/* The value that a signal of a lane had at the end of a step; no number if nobody keeps signals. */
[[maybe_unused]] static inline double nj_signal(const NjDelivery* d, uint64_t signals, uint64_t signal, int64_t step,
  uint32_t lane)
{
  if (!d->block->signal)
  {
    return NAN;
  }
  const uint64_t known = uint64_t(step < d->signal_last ? step : d->signal_last);
  const uint64_t row = (known & (d->block->signal_steps - 1)) * signals + signal;
  return d->block->signal[row * d->block->lane_stride + lane];
}
