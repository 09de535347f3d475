/* One number that says whether anything has changed that the binding of kernels depends on. */
#ifndef NESTML_JIT_GENERATION_H
#define NESTML_JIT_GENERATION_H

#include <atomic>
#include <cstdint>

namespace nestml_jit
{

/* The generation of models, nodes, connections and settings: of what decides which kernels neurons get, and what these
 * are told of them. What a simulation itself changes (states, weights) does not count.
 *
 * Whoever changes something raises it. A simulation of the generation that kernels were bound for begins at once. */
class Generation
{
public:
  /* Say that something has changed. Threads that connect say so at the same time, for each connection: only the first
   * one writes. */
  void
  raise()
  {
    if ( present_.load( std::memory_order_relaxed ) == bound_ )
    {
      present_.store( bound_ + 1, std::memory_order_relaxed );
    }
  }

  /* Say that kernels are bound for the present generation. */
  void
  settle()
  {
    bound_ = present_.load( std::memory_order_relaxed );
  }

  bool
  is_bound() const
  {
    return present_.load( std::memory_order_relaxed ) == bound_;
  }

private:
  std::atomic< uint64_t > present_ = 1;
  uint64_t bound_ = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_GENERATION_H */
