#include "past/history.h"

namespace nestml_jit
{

uint32_t&
history_limit()
{
  static uint32_t entries = 64;
  return entries;
}

} // namespace nestml_jit
