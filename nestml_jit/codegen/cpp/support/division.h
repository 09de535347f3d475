/* Divisions of integers that are reported if they are by zero. */
[[maybe_unused]] static inline void nj_check_divisor(int64_t divisor, const NjUse& use)
{
  if (divisor == 0 && use.counts)
  {
    use.block->out_of_range(use.block->host, use.lane, use.step, nullptr, 0, 0, use.synapse, use.source);
  }
}
[[maybe_unused]] static inline int64_t nj_divide(int64_t a, int64_t b, const NjUse& use)
{
  nj_check_divisor(b, use);
  return nj_divide(a, b);
}
[[maybe_unused]] static inline int64_t nj_remainder(int64_t a, int64_t b, const NjUse& use)
{
  nj_check_divisor(b, use);
  return nj_remainder(a, b);
}
