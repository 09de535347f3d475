#include "nest/static_order.h"

#include "sort.h"

#include "nest/order_by_source.h"

namespace nestml_jit
{

#ifdef HAVE_BOOST

namespace
{

/* A source and the number of its connection. */
struct Numbered
{
  nest::Source source;
  uint32_t number;

  bool
  operator<( const Numbered& other ) const
  {
    return source < other.source;
  }
};

} // namespace

StaticOrder::StaticOrder( BlockVector< nest::Source >& sources )
  : number_( sources.size() )
{
  LargeVector< Numbered > numbered( sources.size() );
  for_each_source( sources,
    [ & ]( const nest::Source& source, const size_t i ) { numbered[ i ] = { source, static_cast< uint32_t >( i ) }; } );
  const auto shift = []( const Numbered& of, const unsigned offset ) -> size_t
  { return of.source.get_node_id() >> offset; };
  boost::sort::spreadsort::integer_sort( numbered.begin(), numbered.end(), shift );
  for_each_source( sources,
    [ & ]( nest::Source& source, const size_t i )
    {
      source = numbered[ i ].source;
      number_[ i ] = numbered[ i ].number;
    } );
}

#else

StaticOrder::StaticOrder( BlockVector< nest::Source >& sources )
  : number_( sources.size() )
{
  BlockVector< uint32_t > order;
  for ( size_t i = 0; i < sources.size(); ++i )
  {
    order.push_back( static_cast< uint32_t >( i ) );
  }
  nest::sort( sources, order );
  for ( size_t i = 0; i < sources.size(); ++i )
  {
    number_[ i ] = order[ i ];
  }
}

#endif

} // namespace nestml_jit
