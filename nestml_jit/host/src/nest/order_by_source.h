/* A stable order of connections by their source, as NEST's table of sources has them. */
#ifndef NESTML_JIT_ORDER_BY_SOURCE_H
#define NESTML_JIT_ORDER_BY_SOURCE_H

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "block_vector.h"
#include "source.h"

#include "values/large_memory.h"

namespace nestml_jit
{

/* Call `visit( source, number )` with each source in turn. NEST keeps them in blocks: an iterator that asks at each one
 * whether its block has ended takes most of the time that is needed to look at them. */
template < typename Sources, typename Visit >
void
for_each_source( Sources& sources, const Visit& visit )
{
  const size_t size = sources.size();
  for ( size_t first = 0; first < size; first += max_block_size )
  {
    const size_t end = std::min< size_t >( size, first + max_block_size );
    auto* source = &sources[ first ];
    for ( size_t i = first; i < end; ++i, ++source )
    {
      visit( *source, i );
    }
  }
}

/* Sources in ascending order, disabled connections last: NEST removes these from the end. */
class OrderBySource
{
public:
  explicit OrderBySource( const BlockVector< nest::Source >& sources );

  /* Where the connections of each source begin, in the new order. */
  std::vector< uint32_t > beginnings() const;

  /* The first connection that is disabled, in the new order. */
  size_t first_disabled() const;

  /* Bring an array of an entry per connection into the new order. */
  template < typename T >
  void apply( const BlockVector< nest::Source >& sources, LargeVector< T >& values ) const;

  /* The same for the sources themselves; to be called last, since others read them. */
  void apply( BlockVector< nest::Source >& sources ) const;

private:
  /* Say if all values are the same, as those are that no one has set: their order takes neither time nor memory. They
   * are if the array is what it is without its first value. */
  template < typename T >
  static bool
  are_alike( const LargeVector< T >& values )
  {
    return values.empty() or std::memcmp( values.data(), values.data() + 1, ( values.size() - 1 ) * sizeof( T ) ) == 0;
  }

  nest::Source source_of( size_t bucket ) const;

  size_t
  bucket( const nest::Source& source ) const
  {
    return source.is_disabled() ? first_.size() - 2 : source.get_node_id() - lowest_;
  }

  uint64_t lowest_ = std::numeric_limits< uint64_t >::max();
  std::vector< uint32_t > first_; /* [bucket] the first of its connections; the last one is the end */
  bool is_given_ = true;          /* the connections have this order already */
};

template < typename T >
void
OrderBySource::apply( const BlockVector< nest::Source >& sources, LargeVector< T >& values ) const
{
  if ( is_given_ or are_alike( values ) )
  {
    return;
  }
  std::vector< uint32_t > next( first_.begin(), first_.end() - 1 );
  LargeVector< T > ordered( values.size() );
  const T* const from = values.data();
  T* const to = ordered.data();
  for_each_source(
    sources, [ & ]( const nest::Source& source, const size_t i ) { to[ next[ bucket( source ) ]++ ] = from[ i ]; } );
  values.swap( ordered );
}

} // namespace nestml_jit

#endif /* NESTML_JIT_ORDER_BY_SOURCE_H */
