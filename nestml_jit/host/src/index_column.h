/* Small numbers of connections, of which most networks have only one. */
#ifndef NESTML_JIT_INDEX_COLUMN_H
#define NESTML_JIT_INDEX_COLUMN_H

#include <algorithm>
#include <cstdint>

#include "large_memory.h"

namespace nestml_jit
{

/* One number per connection; none is stored as long as all are the same. */
class IndexColumn
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

  uint16_t
  operator[]( const size_t i ) const
  {
    return own_.empty() ? same_ : own_[ i ];
  }

  void
  push_back( const uint16_t value )
  {
    if ( size_ == 0 )
    {
      same_ = value;
    }
    if ( value != same_ and own_.empty() )
    {
      own_.assign( size_, same_ );
    }
    if ( value != same_ or not own_.empty() )
    {
      own_.push_back( value );
    }
    ++size_;
  }

  void
  set( const size_t i, const uint16_t value )
  {
    if ( own_.empty() and value != same_ )
    {
      own_.assign( size_, same_ );
    }
    if ( not own_.empty() )
    {
      own_[ i ] = value;
    }
  }

  void
  shorten( const size_t size )
  {
    size_ = size;
    own_.resize( std::min( size, own_.size() ) );
  }

  /* Begin anew with another number of connections, all with the same number. */
  void
  assign( const size_t size, const uint16_t value )
  {
    LargeVector< uint16_t >().swap( own_ );
    size_ = size;
    same_ = value;
  }

  /* The values if they are stored, else an empty vector; whoever changes it keeps the size. */
  LargeVector< uint16_t >&
  stored()
  {
    return own_;
  }

  /* The numbers of `count` connections from `first` on, for those who read an array. */
  const uint16_t*
  stretch( const size_t first, const size_t count )
  {
    if ( not own_.empty() )
    {
      return own_.data() + first;
    }
    if ( copies_.size() < count or copies_.front() != same_ )
    {
      copies_.assign( std::max( count, copies_.size() ), same_ );
    }
    return copies_.data();
  }

private:
  size_t size_ = 0;
  uint16_t same_ = 0;
  LargeVector< uint16_t > own_;
  std::vector< uint16_t > copies_; /* as many of the same as a stretch was long */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_INDEX_COLUMN_H */
