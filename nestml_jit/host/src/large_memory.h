/* Memory for large arrays that are read in stretches from anywhere: on huge pages where there are any,
 * so that a stretch costs no look-up of its pages' addresses. */
#ifndef NESTML_JIT_LARGE_MEMORY_H
#define NESTML_JIT_LARGE_MEMORY_H

#include <cstdlib>
#include <new>
#include <vector>

#include <sys/mman.h>

namespace nestml_jit
{

template < typename T >
class LargeAllocator
{
public:
  using value_type = T;

  LargeAllocator() = default;

  template < typename U >
  LargeAllocator( const LargeAllocator< U >& )
  {
  }

  T*
  allocate( const size_t n )
  {
    const size_t bytes = n * sizeof( T );
    const size_t unit = bytes < huge_page_ ? cache_line_ : huge_page_;
    const size_t rounded = ( bytes + unit - 1 ) / unit * unit;
    void* const memory = std::aligned_alloc( unit, rounded );
    if ( not memory )
    {
      throw std::bad_alloc();
    }
#ifdef MADV_HUGEPAGE
    if ( unit == huge_page_ )
    {
      madvise( memory, rounded, MADV_HUGEPAGE ); // a wish: nothing is lost if it is not granted
    }
#endif
    return static_cast< T* >( memory );
  }

  void
  deallocate( T* const memory, size_t )
  {
    std::free( memory );
  }

  bool
  operator==( const LargeAllocator& ) const
  {
    return true;
  }

private:
  static constexpr size_t cache_line_ = 64;
  static constexpr size_t huge_page_ = size_t( 2 ) << 20;
};

template < typename T >
using LargeVector = std::vector< T, LargeAllocator< T > >;

} // namespace nestml_jit

#endif /* NESTML_JIT_LARGE_MEMORY_H */
