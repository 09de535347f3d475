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
