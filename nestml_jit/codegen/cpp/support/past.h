/* A variable's value at the beginning of an earlier step. */
static inline double nj_past(const NjBlock* block, int64_t rows, int64_t row, int64_t step, uint32_t lane)
{
  return block->past[uint64_t((step & block->past_mask) * rows + row) * block->lane_stride + lane];
}
