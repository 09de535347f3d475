/* A growing column of values that NumPy may look at. */
#ifndef NESTML_JIT_SHARED_COLUMN_H
#define NESTML_JIT_SHARED_COLUMN_H

#include <algorithm>
#include <cstddef>
#include <memory>

#include "values/large_memory.h"

namespace nestml_jit
{

/* Values are only added, and stay where they are while somebody else shares the memory: if it has to grow then, the column
 * moves to other memory, and leaves to the others what they have. */
template < typename T >
class SharedColumn
{
public:
  size_t
  size() const
  {
    return memory_->size();
  }

  T*
  data()
  {
    return memory_->data();
  }

  const T*
  data() const
  {
    return memory_->data();
  }

  const T&
  operator[]( const size_t i ) const
  {
    return memory_->data()[ i ];
  }

  void
  add( const T value )
  {
    *grow( 1 ) = value;
  }

  /* Add `n` elements without values behind the others; returns the first of them. */
  T*
  grow( const size_t n )
  {
    if ( size() + n > memory_->capacity() and memory_.use_count() > 1 )
    {
      move( std::max( 2 * size(), size() + n ) );
    }
    return memory_->grow( n );
  }

  /* Take away what is behind the first `n` elements. Nobody else may share these. */
  void
  shrink( const size_t n )
  {
    memory_->resize( n );
  }

  void
  clear()
  {
    memory_ = std::make_shared< LargeVector< T > >();
  }

  std::shared_ptr< LargeVector< T > >
  share() const
  {
    return memory_;
  }

private:
  void
  move( const size_t capacity )
  {
    auto other = std::make_shared< LargeVector< T > >( capacity );
    std::copy_n( memory_->data(), size(), other->data() );
    other->resize( size() );
    memory_ = std::move( other );
  }

  std::shared_ptr< LargeVector< T > > memory_ = std::make_shared< LargeVector< T > >();
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SHARED_COLUMN_H */
