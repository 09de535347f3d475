/* Where an index is used. Nothing is reported of padding. */
struct NjUse
{
  const NjBlock* block;
  uint32_t lane;
  bool counts;
  int64_t step;        /* at whose end it is */
  const char* synapse; /* model of the connection that uses it, and its source; null and 0 in neurons */
  uint64_t source;
};
[[maybe_unused]] static inline NjUse nj_use(const NjBlock* block, const NjTile* tile, uint32_t l, int64_t step)
{
  return { block, tile->first_lane + l, l < tile->lanes, step, nullptr, 0 };
}
/* Position of an element; an index out of range is reported, and means the first one. */
template <typename Index, typename Size>
[[maybe_unused]] static inline int nj_index(Index index, Size size, const NjUse& place, const char* vector)
{
  if (index >= 0 && index < size)
  {
    return int(index);
  }
  if (place.counts)
  {
    place.block->out_of_range(
      place.block->host, place.lane, place.step, vector, int64_t(index), int64_t(size), place.synapse, place.source);
  }
  return 0;
}
