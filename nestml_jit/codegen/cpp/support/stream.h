/* The seed of a connection's random numbers: of the kernel's seed, source, target, receptor, delay, and the
   number of the connection among those that agree in all of these. No thread or place in memory is in it. */
[[maybe_unused]] static uint64_t nj_stream(const NjDelivery* d, const NjRun* run, uint32_t i, uint64_t model)
{
  const uint32_t lane = run->lane[i], steps = d->delay_steps[run->delay[i]];
  uint32_t number = 0;
  while (number < i && run->lane[i - number - 1] == lane && d->delay_steps[run->delay[i - number - 1]] == steps)
  {
    ++number;
  }
  const uint64_t receptor = d->positive / d->block->channel_stride;
  NjRandom source = { d->block->seed ^ model, d->source_id, int64_t(steps), number };
  uint64_t more;
  NjRandom target = { nj_bits(source, &more), d->block->node_id[lane], int64_t(receptor), 0 };
  return nj_bits(target, &more);
}
