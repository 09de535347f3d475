/* A delay in steps; one that is no time reaches further back than anything that is kept. */
[[maybe_unused]] static inline uint64_t nj_back(double delay, double h)
{
  const double steps = std::floor(delay / h + 0.5);
  return steps >= 0.0 && steps < 1e9 ? uint64_t(steps) : UINT64_MAX;
}
/* The values that variables of a connection had at the beginning of its last steps, while it takes some more. */
struct NjDelayed
{
  const uint64_t rows, slots;
  uint64_t newest = 0;
  std::vector<double> value; /* [slot][row] */

  NjDelayed(uint64_t variables, uint64_t kept) : rows(variables), slots(kept), value(variables * kept) {}

  /* Take over what connection number i keeps, newest values first. */
  void load(double* const* column, uint32_t i)
  {
    newest = 0;
    for (uint64_t k = 0; k < value.size(); ++k)
    {
      value[k] = column[k][i];
    }
  }
  void save(double* const* column, uint32_t i) const
  {
    for (uint64_t k = 0; k < value.size(); ++k)
    {
      column[k][i] = value[(k + newest * rows) % value.size()];
    }
  }
  /* The place for the values at the beginning of another step; the oldest ones are dropped. */
  double* begin()
  {
    newest = (newest > 0 ? newest : slots) - 1;
    return value.data() + newest * rows;
  }
  /* The value a number of steps before the beginning of the last one; 0 before there were any. */
  double at(uint64_t row, uint64_t steps) const
  {
    return steps < slots ? value[(newest + steps) % slots * rows + row] : 0.0;
  }
};
