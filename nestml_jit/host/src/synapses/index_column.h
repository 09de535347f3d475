/* Small numbers of connections, of which most networks have only one. */
#ifndef NESTML_JIT_INDEX_COLUMN_H
#define NESTML_JIT_INDEX_COLUMN_H

#include <cstdint>

#include "values/large_memory.h"

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

private:
  size_t size_ = 0;
  uint16_t same_ = 0;
  LargeVector< uint16_t > own_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_INDEX_COLUMN_H */
