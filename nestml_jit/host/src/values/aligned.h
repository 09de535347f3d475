/* Memory that begins at a cache line. */
#ifndef NESTML_JIT_ALIGNED_H
#define NESTML_JIT_ALIGNED_H

#include <cstddef>
#include <cstdlib>
#include <new>

namespace nestml_jit
{

/* Memory that begins at a cache line; to be freed with `FreeAligned`. */
inline void*
aligned( const size_t bytes )
{
  constexpr size_t alignment = 64;
  void* const memory = std::aligned_alloc( alignment, ( bytes + alignment - 1 ) / alignment * alignment );
  if ( not memory )
  {
    throw std::bad_alloc();
  }
  return memory;
}

/* Frees it, for smart pointers. */
struct FreeAligned
{
  void
  operator()( void* const memory ) const
  {
    std::free( memory );
  }
};

} // namespace nestml_jit

#endif /* NESTML_JIT_ALIGNED_H */
