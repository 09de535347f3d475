/* Numbers of connections, of which most networks have only one. */
#ifndef NESTML_JIT_SPARSE_COLUMN_H
#define NESTML_JIT_SPARSE_COLUMN_H

#include <algorithm>
#include <cstddef>

#include "values/large_memory.h"

namespace nestml_jit
{

/* One number per connection; none is stored as long as all are the same. */
template < typename T >
class SparseColumn
{
public:
  size_t
  size() const
  {
    return size_;
  }

  bool
  is_same() const
  {
    return own_.empty();
  }

  T
  operator[]( const size_t i ) const
  {
    return own_.empty() ? same_ : own_[ i ];
  }

  /* The numbers; null as long as all are the same. */
  const T*
  data() const
  {
    return own_.empty() ? nullptr : own_.data();
  }

  void
  push_back( const T value )
  {
    append( 1, value );
  }

  /* Add `n` connections with one number. */
  void
  append( const size_t n, const T value )
  {
    if ( size_ == 0 )
    {
      same_ = value;
    }
    if ( value != same_ )
    {
      store();
    }
    if ( not own_.empty() )
    {
      own_.append( n, value );
    }
    size_ += n;
  }

  /* Add `n` connections with the numbers that begin at `values`. */
  void
  append_each( const size_t n, const T* const values )
  {
    if ( size_ == 0 and n > 0 )
    {
      same_ = *values;
    }
    if ( std::any_of( values, values + n, [ this ]( const T value ) { return value != same_; } ) )
    {
      store();
    }
    if ( not own_.empty() )
    {
      own_.append( n, values );
    }
    size_ += n;
  }

  void
  set( const size_t i, const T value )
  {
    if ( value != ( *this )[ i ] )
    {
      store();
      own_[ i ] = value;
    }
  }

  /* Give a stretch of connections a number. */
  void
  fill( const size_t first, const size_t count, const T value )
  {
    if ( not own_.empty() or ( count > 0 and value != same_ ) )
    {
      store();
      std::fill_n( own_.begin() + first, count, value );
    }
  }

  /* Begin anew with another number of connections, all with the same number. */
  void
  assign( const size_t size, const T value )
  {
    LargeVector< T >().swap( own_ );
    size_ = size;
    same_ = value;
  }

  /* Remove all connections from number `size` on. */
  void
  shorten( const size_t size )
  {
    size_ = size;
    own_.resize( own_.empty() ? 0 : size );
  }

  /* Bytes that each connection takes. */
  size_t
  bytes() const
  {
    return own_.empty() ? 0 : sizeof( T );
  }

  /* Call `change` with the array of an entry per connection, if there is one; it may change their order. */
  template < typename Change >
  void
  for_each_array( const Change& change )
  {
    change( own_ );
  }

private:
  void
  store()
  {
    if ( own_.empty() )
    {
      own_.assign( size_, same_ );
    }
  }

  size_t size_ = 0;
  T same_ {};
  LargeVector< T > own_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SPARSE_COLUMN_H */
