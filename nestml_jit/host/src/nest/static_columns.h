/* What is stored of connections of NEST's static synapse. */
#ifndef NESTML_JIT_STATIC_COLUMNS_H
#define NESTML_JIT_STATIC_COLUMNS_H

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "synapses/sparse_column.h"
#include "values/large_memory.h"

namespace nestml_jit
{

/* Columns with an entry per connection, in the order of NEST's lcid. */
class StaticColumns
{
public:
  /* The number of a connection's route, with what NEST notes of it. */
  static constexpr uint32_t has_more = uint32_t( 1 ) << 31; /* the next connection has the same source */
  static constexpr uint32_t is_disabled = uint32_t( 1 ) << 30;
  static constexpr uint32_t route = is_disabled - 1;

  LargeVector< uint32_t > lanes;  /* of the target in its block, or its number among nodes that NEST sends to */
  LargeVector< uint32_t > routes; /* number, and flags */
  SparseColumn< double > weights;

  size_t
  size() const
  {
    return lanes.size();
  }

  void
  push_back( const uint32_t lane, const uint32_t word, const double weight )
  {
    lanes.push_back( lane );
    routes.push_back( word );
    weights.push_back( weight );
  }

  /* Ask the processor for the first of a source's connections. */
  void
  fetch( const size_t lcid ) const
  {
    constexpr size_t count = 128;
    fetch_values( lanes.data() + lcid, count );
    fetch_values( routes.data() + lcid, count );
    if ( weights.data() )
    {
      fetch_values( weights.data() + lcid, count );
    }
  }

  /* Remove all connections from number `size` on. */
  void
  shorten( const size_t size )
  {
    lanes.resize( size );
    routes.resize( size );
    weights.shorten( size );
  }

  void
  set_flag( const size_t lcid, const uint32_t flag, const bool on )
  {
    routes[ lcid ] = on ? routes[ lcid ] | flag : routes[ lcid ] & ~flag;
  }

  bool
  has( const size_t lcid, const uint32_t flag ) const
  {
    return routes[ lcid ] & flag;
  }

  /* Let connection number i be what connection number `order[ i ]` was. */
  template < typename Order >
  void
  reorder( const Order& order )
  {
    const auto change = [ & ]( auto& values )
    {
      std::remove_reference_t< decltype( values ) > ordered( values.size() );
      for ( size_t i = 0; i < values.size(); ++i )
      {
        ordered[ i ] = values[ order[ i ] ];
      }
      values.swap( ordered );
    };
    change( lanes );
    change( routes );
    weights.for_each_array( change );
  }
};

} // namespace nestml_jit

#endif /* NESTML_JIT_STATIC_COLUMNS_H */
