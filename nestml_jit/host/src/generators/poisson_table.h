/* Poisson numbers of one mean, by inversion. */
#ifndef NESTML_JIT_POISSON_TABLE_H
#define NESTML_JIT_POISSON_TABLE_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nestml_jit
{

/* A uniform number of 64 bits decides about the count: the count is n if it lies between the cumulative probabilities of
 * n - 1 and n. Nearly always its first 16 bits suffice, which a table answers for; where they do not, the cell of the table
 * is `undecided`, and all bits are searched for. So probabilities are exact to about 2^-56, whatever the mean is. */
class PoissonTable
{
public:
  /* A mean above which a table would be too large. */
  static constexpr double largest_mean = 1e7;

  static constexpr uint16_t undecided = UINT16_MAX;

  /* A table of 2^bits cells for a positive mean; 0 bits stand for as many as make it fast. */
  explicit PoissonTable( double mean, unsigned bits = 0 );

  /* The counts in `cell` are by so much too small. */
  uint32_t
  offset() const
  {
    return offset_;
  }

  /* A number has the cell that its first 16 bits say without the last ones of these, which are shifted away. */
  const uint16_t*
  cells() const
  {
    return cells_.data();
  }

  unsigned
  shift() const
  {
    return shift_;
  }

  /* The count that belongs to a uniform number. */
  uint32_t count( uint64_t uniform ) const;

private:
  void fill_cells( unsigned bits );

  uint32_t offset_ = 0;
  unsigned shift_ = 0;
  std::vector< uint64_t > thresholds_; /* cumulative probabilities of `offset_` and more, times 2^64 */
  std::vector< uint16_t > cells_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_POISSON_TABLE_H */
