/* Memory for large arrays that are read in stretches from anywhere: on huge pages where there are any,
 * so that a stretch costs no look-up of its pages' addresses. */
#ifndef NESTML_JIT_LARGE_MEMORY_H
#define NESTML_JIT_LARGE_MEMORY_H

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include <sys/mman.h>

namespace nestml_jit
{

/* Pieces of memory. Large ones are mapped: they begin with a huge page and are zero, take what is written to only,
 * grow without being copied, and go back to the system when they are freed. */
class LargeMemory
{
public:
  /* Whether a piece of so many bytes is mapped. */
  static bool
  is_mapped( const size_t bytes )
  {
    return bytes >= large_;
  }

  static void*
  take( const size_t bytes )
  {
    void* const memory =
      is_mapped( bytes ) ? map( bytes ) : std::aligned_alloc( cache_line_, round_up( bytes, cache_line_ ) );
    if ( not memory )
    {
      throw std::bad_alloc();
    }
    return memory;
  }

  static void
  give_back( void* const memory, const size_t bytes )
  {
    if ( is_mapped( bytes ) )
    {
      munmap( memory, round_up( bytes, page_ ) );
    }
    else
    {
      std::free( memory );
    }
  }

  /* Change the size of a piece; what is in it stays, as far as it fits. Returns where it is now. */
  static void*
  resize( void* const memory, const size_t before, const size_t bytes )
  {
    if ( is_mapped( before ) and is_mapped( bytes ) )
    {
      void* const moved = remap( memory, before, bytes );
      if ( moved )
      {
        return moved;
      }
    }
    void* const other = take( bytes );
    if ( memory )
    {
      std::memcpy( other, memory, std::min( before, bytes ) );
      give_back( memory, before );
    }
    return other;
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

  /* Let a mapped piece have another size, its pages moving rather than their contents. Null if that cannot be. */
  static void*
  remap( void* const memory, const size_t before, const size_t bytes )
  {
#ifdef MREMAP_FIXED
    const size_t old_size = round_up( before, page_ ), size = round_up( bytes, page_ );
    if ( mremap( memory, old_size, size, 0 ) != MAP_FAILED )
    {
      return memory;
    }
    void* const place = map( bytes );
    if ( place and mremap( memory, old_size, size, MREMAP_MAYMOVE | MREMAP_FIXED, place ) != MAP_FAILED )
    {
      return place;
    }
    if ( place )
    {
      give_back( place, bytes );
    }
#else
    ( void )memory, ( void )before, ( void )bytes;
#endif
    return nullptr;
  }
};

/* Ask the processor for values that are needed soon. */
template < typename T >
void
fetch_values( const T* const values, const size_t count )
{
  constexpr size_t line = 64; // bytes
  for ( size_t byte = 0; byte < count * sizeof( T ); byte += line )
  {
    __builtin_prefetch( reinterpret_cast< const char* >( values ) + byte );
  }
}

/* A vector of plain values in such memory. Elements that are given no value have none: what is filled anyway is
 * not filled twice. */
template < typename T >
class LargeVector
{
  static_assert( std::is_trivially_copyable_v< T > );

public:
  LargeVector() = default;

  explicit LargeVector( const size_t n )
  {
    resize( n );
  }

  LargeVector( const size_t n, const T value )
  {
    assign( n, value );
  }

  LargeVector( LargeVector&& other ) noexcept
  {
    swap( other );
  }

  LargeVector&
  operator=( LargeVector&& other ) noexcept
  {
    LargeVector( std::move( other ) ).swap( *this );
    return *this;
  }

  LargeVector( const LargeVector& ) = delete;
  LargeVector& operator=( const LargeVector& ) = delete;

  ~LargeVector()
  {
    if ( data_ )
    {
      LargeMemory::give_back( data_, capacity_ * sizeof( T ) );
    }
  }

  void
  swap( LargeVector& other ) noexcept
  {
    std::swap( data_, other.data_ );
    std::swap( size_, other.size_ );
    std::swap( capacity_, other.capacity_ );
  }

  size_t
  size() const
  {
    return size_;
  }

  /* How many elements there may be without a reallocation. */
  size_t
  capacity() const
  {
    return capacity_;
  }

  bool
  empty() const
  {
    return size_ == 0;
  }

  T*
  data()
  {
    return data_;
  }

  const T*
  data() const
  {
    return data_;
  }

  T*
  begin()
  {
    return data_;
  }

  const T*
  begin() const
  {
    return data_;
  }

  T*
  end()
  {
    return data_ + size_;
  }

  const T*
  end() const
  {
    return data_ + size_;
  }

  T&
  operator[]( const size_t i )
  {
    return data_[ i ];
  }

  const T&
  operator[]( const size_t i ) const
  {
    return data_[ i ];
  }

  void
  push_back( const T value )
  {
    if ( size_ == capacity_ )
    {
      reallocate( std::max< size_t >( 2 * capacity_, least_ ) );
    }
    data_[ size_++ ] = value;
  }

  /* Add `n` elements of one value behind the others. */
  void
  append( const size_t n, const T value )
  {
    std::fill_n( grow( n ), n, value );
  }

  /* Add `n` elements behind the others, with the values that begin at `values`. */
  void
  append( const size_t n, const T* const values )
  {
    std::copy_n( values, n, grow( n ) );
  }

  /* Add `n` elements without values behind the others; returns the first of them. */
  T*
  grow( const size_t n )
  {
    if ( size_ + n > capacity_ )
    {
      reallocate( std::max( { 2 * capacity_, size_ + n, least_ } ) );
    }
    size_ += n;
    return data_ + ( size_ - n );
  }

  void
  resize( const size_t n )
  {
    if ( n > capacity_ )
    {
      reallocate( n );
    }
    size_ = n;
  }

  void
  assign( const size_t n, const T value )
  {
    resize( n );
    std::fill( begin(), end(), value );
  }

  void
  shrink_to_fit()
  {
    if ( size_ == 0 )
    {
      LargeVector().swap( *this );
    }
    else if ( size_ < capacity_ )
    {
      reallocate( size_ );
    }
  }

private:
  static constexpr size_t least_ = 8;

  void
  reallocate( const size_t capacity )
  {
    data_ = static_cast< T* >( LargeMemory::resize( data_, capacity_ * sizeof( T ), capacity * sizeof( T ) ) );
    capacity_ = capacity;
  }

  T* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

/* Zeros; pages of them that nobody writes to take no memory. */
template < typename T >
LargeVector< T >
zeros( const size_t n )
{
  LargeVector< T > made( n );
  if ( not LargeMemory::is_mapped( n * sizeof( T ) ) )
  {
    std::fill( made.begin(), made.end(), T() );
  }
  return made;
}

} // namespace nestml_jit

#endif /* NESTML_JIT_LARGE_MEMORY_H */
