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
/* A lane's newest entries at hand. */
struct NjRecent
{
  int32_t key[NJ_RECENT];
  double value[NJ_STRIDE > 1 ? NJ_STRIDE - 1 : 1][NJ_RECENT];
};
static inline NjRecent* nj_recent(unsigned char* recent, uint32_t lane)
{
  return reinterpret_cast<NjRecent*>(recent + size_t(lane) * NJ_RECENT_BYTES(NJ_STRIDE - 1));
}
/* Fetch all cache lines of them. */
[[maybe_unused]] static inline void nj_prefetch_recent(const unsigned char* recent, uint32_t lane)
{
  for (size_t byte = 0; byte < NJ_RECENT_BYTES(NJ_STRIDE - 1); byte += 64)
  {
    __builtin_prefetch(recent + size_t(lane) * NJ_RECENT_BYTES(NJ_STRIDE - 1) + byte);
  }
}
/* Put a new entry in front of a lane's newest ones. */
static inline void nj_remember(unsigned char* recent, uint32_t lane, const NjSlot* entry)
{
  if (!recent)
  {
    return;
  }
  NjRecent* const at_hand = nj_recent(recent, lane);
  for (uint32_t n = NJ_RECENT - 1; n > 0; --n)
  {
    at_hand->key[n] = at_hand->key[n - 1];
  }
  at_hand->key[0] = int32_t(entry->key);
  for (int s = 0; s < NJ_STRIDE - 1; ++s)
  {
    for (uint32_t n = NJ_RECENT - 1; n > 0; --n)
    {
      at_hand->value[s][n] = at_hand->value[s][n - 1];
    }
    at_hand->value[s][0] = entry[1 + s].value;
  }
}
