/* Earlier values of variables that equations read with a delay. */
#ifndef NESTML_JIT_DELAY_LINE_H
#define NESTML_JIT_DELAY_LINE_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nestml_jit_abi.h"
#include "slice/saved_values.h"
#include "values/large_memory.h"

namespace nestml_jit
{

class KernelTiles;
class Nodes;

/* The values of the last steps, [step][row][lane], in a ring of a power of two of steps, see NjBlock::past. The kernel
 * writes the values of each step at its beginning. */
class DelayLine
{
public:
  /* Make room for the longest delay of any lane, in rows of so many lanes; values that are kept already stay. Raises an
   * error that names the model if a delay is no time. */
  void fit( const KernelTiles& tiles, const Nodes& nodes, const std::string& model, size_t stride );

  /* Save what a kernel overwrites in a step. */
  void save( int64_t step, SavedValues& saved );

  void show( NjBlock& nj );

private:
  void make_room( const std::vector< size_t >& columns, int64_t steps, size_t stride );

  LargeVector< double > values_;
  std::vector< size_t > columns_; /* store column of each row */
  size_t stride_ = 0;             /* lanes per row */
  int64_t steps_ = 1;
  bool is_used_ = false; /* by the kernel that is attached */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_DELAY_LINE_H */
