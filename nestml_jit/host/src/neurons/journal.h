/* Values that setting nodes has replaced. */
#ifndef NESTML_JIT_JOURNAL_H
#define NESTML_JIT_JOURNAL_H

#include <cstddef>
#include <vector>

namespace nestml_jit
{

class Block;

/* A value of a node before it was set. */
struct FormerValue
{
  Block* block;
  size_t column;
  size_t lane;
  double value;
};

/* Values that setting nodes one after the other has replaced, to be given back if one is refused. */
struct Journal
{
  bool open = false;
  std::vector< FormerValue > entries;

  void undo();
};

} // namespace nestml_jit

#endif /* NESTML_JIT_JOURNAL_H */
