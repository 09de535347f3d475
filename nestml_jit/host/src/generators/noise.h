/* Noise for many targets. */
#ifndef NESTML_JIT_NOISE_H
#define NESTML_JIT_NOISE_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "generators/philox.h"

namespace nestml_jit
{

/* The target of a connection. */
struct NoiseTarget
{
  uint64_t node_id;
  uint32_t number; /* among the connections from the same generator to the same node */
};

/* Standard normal numbers of one generator, independent of each other for each connection and interval of steps. */
class NoiseNumbers
{
public:
  explicit NoiseNumbers( const std::vector< NoiseTarget >& targets );

  /* Where the number of each target lies among those that are drawn. */
  const std::vector< uint32_t >&
  positions() const
  {
    return positions_;
  }

  /* The mean of what the targets have of values, [position]. */
  double mean( const std::vector< double >& values ) const;

  /* How many are drawn, those included that no target gets. */
  size_t
  size() const
  {
    return node_ids_.size();
  }

  /* The numbers for the interval of so many steps in which a step lies, [position]. */
  const double* draw( PhiloxKey key, int64_t step, int64_t interval );

private:
  /* Targets with the same number, which are drawn for together. */
  struct Row
  {
    size_t begin;
    size_t targets;
    size_t end; /* a multiple of `normal_group` after the beginning */
    uint32_t number;
  };

  void draw_block( PhiloxKey key, uint64_t block );

  std::vector< uint32_t > positions_;
  std::vector< Row > rows_;
  std::vector< uint64_t > node_ids_; /* [position], 0 where there is no target */
  std::vector< double > numbers_;    /* [interval][position] of those that share a counter */
  uint64_t block_ = 0;               /* that was drawn last, more 1 */
};

/* Numbers with another mean and deviation. */
void scale_numbers( const double* numbers, double mean, double deviation, size_t size, double* scaled );

} // namespace nestml_jit

#endif /* NESTML_JIT_NOISE_H */
