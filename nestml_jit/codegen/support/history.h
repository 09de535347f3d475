/* Steps between two entries or times of a history. The newest entry that is older than a spike with
   this key: an entry that fixes values (no spike) counts from its own step on. */
static inline const NjSlot* nj_before(const NjSlot* entry, const NjSlot* first, int64_t key)
{
  while (entry->key >= key && entry > first)
  {
    entry -= NJ_STRIDE;
  }
  return entry;
}
/* Fetch ahead what the connections behind this one need of their targets' pasts: the head of a
   history first, its newest entry when the head is there. */
static inline void nj_prefetch(const NjHistory* history, const NjRun* run, uint32_t i)
{
  const uint32_t last = run->size - 1;
  const uint32_t far = i + 32 < last ? i + 32 : last, near = i + 16 < last ? i + 16 : last;
  __builtin_prefetch(&history[run->lane[far]]);
  const NjHistory& past = history[run->lane[near]];
  __builtin_prefetch(past.entry + size_t(past.size - 1) * NJ_STRIDE);
}
