/* Memory for large arrays that are read in stretches from anywhere: on huge pages where there are any,
 * so that a stretch costs no look-up of its pages' addresses. */
#ifndef NESTML_JIT_LARGE_MEMORY_H
#define NESTML_JIT_LARGE_MEMORY_H

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>
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
    void* const memory =
      bytes < large_ ? std::aligned_alloc( cache_line_, round_up( bytes, cache_line_ ) ) : map( bytes );
    if ( not memory )
    {
      throw std::bad_alloc();
    }
    return static_cast< T* >( memory );
  }

  void
  deallocate( T* const memory, const size_t n )
  {
    const size_t bytes = n * sizeof( T );
    if ( bytes < large_ )
    {
      std::free( memory );
    }
    else
    {
      munmap( memory, round_up( bytes, page_ ) );
    }
  }

  /* Elements that are given no value have none: what is filled anyway is not filled twice. */
  template < typename U >
  void
  construct( U* const place )
  {
    ::new ( static_cast< void* >( place ) ) U;
  }

  template < typename U, typename... Arguments >
  void
  construct( U* const place, Arguments&&... arguments )
  {
    ::new ( static_cast< void* >( place ) ) U( std::forward< Arguments >( arguments )... );
  }

  /* Whether memory for so many comes fresh from the system, which makes it zero when it is first touched. */
  static bool
  is_zero( const size_t n )
  {
    return n * sizeof( T ) >= large_;
  }

  bool
  operator==( const LargeAllocator& ) const
  {
    return true;
  }

private:
  static constexpr size_t cache_line_ = 64;
  static constexpr size_t page_ = 4096;
  static constexpr size_t huge_page_ = size_t( 2 ) << 20;
  static constexpr size_t large_ = size_t( 1 ) << 20;

  static size_t
  round_up( const size_t bytes, const size_t unit )
  {
    return ( bytes + unit - 1 ) / unit * unit;
  }

  /* Memory that goes back to the system when it is freed; it begins with a huge page. */
  static void*
  map( const size_t bytes )
  {
    const size_t size = round_up( bytes, page_ ), whole = size + huge_page_;
    void* const mapped = mmap( nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if ( mapped == MAP_FAILED )
    {
      return nullptr;
    }
    char* const begin = static_cast< char* >( mapped );
    const size_t before =
      round_up( reinterpret_cast< uintptr_t >( begin ), huge_page_ ) - reinterpret_cast< uintptr_t >( begin );
    if ( before > 0 )
    {
      munmap( begin, before );
    }
    if ( whole - before > size )
    {
      munmap( begin + before + size, whole - before - size );
    }
#ifdef MADV_HUGEPAGE
    madvise( begin + before, size, MADV_HUGEPAGE ); // a wish: nothing is lost if it is not granted
#endif
    return begin + before;
  }
};

template < typename T >
using LargeVector = std::vector< T, LargeAllocator< T > >;

/* Zeros; pages of them that nobody writes to take no memory. */
template < typename T >
LargeVector< T >
zeros( const size_t n )
{
  LargeVector< T > made( n );
  if ( not LargeAllocator< T >::is_zero( n ) )
  {
    std::fill( made.begin(), made.end(), T() );
  }
  return made;
}

} // namespace nestml_jit

#endif /* NESTML_JIT_LARGE_MEMORY_H */
