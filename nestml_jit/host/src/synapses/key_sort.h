/* Sorting the connections of one source. */
#ifndef NESTML_JIT_KEY_SORT_H
#define NESTML_JIT_KEY_SORT_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nestml_jit
{

/* What decides about a connection's place among those of its source. */
struct ConnectionKey
{
  uint64_t place;
  uint32_t past;
  uint32_t lcid;

  bool
  operator<( const ConnectionKey& other ) const
  {
    return past != other.past ? past < other.past : place != other.place ? place < other.place : lcid < other.lcid;
  }
};

/* Sorts keys that are in the order of their connections' numbers: by one byte after the other, last byte first, leaving out
 * bytes that are the same in all keys. Most keys differ in two or three of them. */
class KeySort
{
public:
  void
  sort( std::vector< ConnectionKey >& keys )
  {
    uint64_t places = 0;
    uint32_t pasts = 0;
    for ( const ConnectionKey& key : keys )
    {
      places |= key.place ^ keys.front().place;
      pasts |= key.past ^ keys.front().past;
    }
    sorted_.resize( keys.size() );
    for ( unsigned int shift = 0; shift < 64; shift += 8 )
    {
      sort_by_byte( keys, places >> shift, [ shift ]( const ConnectionKey& key ) { return key.place >> shift; } );
    }
    for ( unsigned int shift = 0; shift < 32; shift += 8 )
    {
      sort_by_byte( keys, pasts >> shift, [ shift ]( const ConnectionKey& key ) { return key.past >> shift; } );
    }
  }

private:
  /* Sort by the lowest byte of `value( key )`, unless the bits in which values differ leave that byte out. */
  template < typename Value >
  void
  sort_by_byte( std::vector< ConnectionKey >& keys, const uint64_t different, const Value& value )
  {
    if ( ( different & 255 ) == 0 )
    {
      return;
    }
    std::array< uint32_t, 257 > next {};
    for ( const ConnectionKey& key : keys )
    {
      ++next[ ( value( key ) & 255 ) + 1 ];
    }
    for ( size_t byte = 1; byte < 256; ++byte )
    {
      next[ byte ] += next[ byte - 1 ];
    }
    for ( const ConnectionKey& key : keys )
    {
      sorted_[ next[ value( key ) & 255 ]++ ] = key;
    }
    keys.swap( sorted_ );
  }

  std::vector< ConnectionKey > sorted_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_KEY_SORT_H */
