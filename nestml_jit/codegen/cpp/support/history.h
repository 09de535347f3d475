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
/* A lane's newest entries at hand: each NJ_HANDFUL doubles, the key and some of the values. */
enum { NJ_HANDFUL = 1 + NJ_AT_HAND, NJ_LINE = NJ_RECENT_BYTES(NJ_AT_HAND) };
[[maybe_unused]] static inline const double* nj_recent(const unsigned char* recent, uint32_t lane)
{
  return reinterpret_cast<const double*>(recent + size_t(lane) * NJ_LINE);
}
/* Put a new entry, a spike, in front of a lane's newest ones. */
[[maybe_unused]] static inline void nj_remember(unsigned char* recent, uint32_t lane, const NjSlot* entry)
{
  if (!recent)
  {
    return;
  }
  double* const at_hand = reinterpret_cast<double*>(recent + size_t(lane) * NJ_LINE);
  std::memmove(at_hand + NJ_HANDFUL, at_hand, (NJ_RECENT - 1) * NJ_HANDFUL * sizeof(double));
  at_hand[0] = double(entry->key);
  for (int s = 0; s < NJ_AT_HAND; ++s)
  {
    at_hand[1 + s] = entry[nj_at_hand[s]].value;
  }
}
