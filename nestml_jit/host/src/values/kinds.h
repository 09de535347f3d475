/* Kinds of variables. */
#ifndef NESTML_JIT_KINDS_H
#define NESTML_JIT_KINDS_H

#include <cstdint>

namespace nestml_jit
{

/* The numbers are shared with KINDS in nestml_jit/host/descriptions.py. */
enum class Kind : int32_t
{
  parameter,
  state,
  internal,
  input,
  convolution,
  moved_state,
  moved_parameter,
  clock
};

} // namespace nestml_jit

#endif /* NESTML_JIT_KINDS_H */
