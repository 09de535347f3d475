/* What is known of a neuron's past. */
#ifndef NESTML_JIT_PAST_H
#define NESTML_JIT_PAST_H

#include <cstdint>
#include <vector>

namespace nestml_jit
{

/* When a neuron's past began, and those of its spikes that are known, oldest first. */
struct Past
{
  int64_t begin;
  std::vector< int64_t > spikes;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_PAST_H */
