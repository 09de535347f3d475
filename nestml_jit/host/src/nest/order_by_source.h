/* A stable order of connections by their source, as NEST's table of sources has them. */
#ifndef NESTML_JIT_ORDER_BY_SOURCE_H
#define NESTML_JIT_ORDER_BY_SOURCE_H

#include <cstdint>
#include <limits>
#include <vector>

#include "block_vector.h"
#include "source.h"

#include "values/large_memory.h"

namespace nestml_jit
{

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
  if ( is_given_ or values.empty() )
  {
    return;
  }
  std::vector< uint32_t > next( first_.begin(), first_.end() - 1 );
  LargeVector< T > ordered( values.size() );
  auto value = values.begin();
  for ( const nest::Source& source : sources )
  {
    ordered[ next[ bucket( source ) ]++ ] = *value++;
  }
  values.swap( ordered );
}

} // namespace nestml_jit

#endif /* NESTML_JIT_ORDER_BY_SOURCE_H */
