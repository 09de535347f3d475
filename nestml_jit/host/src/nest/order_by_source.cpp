#include "nest/order_by_source.h"

#include <algorithm>
#include <numeric>

namespace nestml_jit
{

OrderBySource::OrderBySource( const BlockVector< nest::Source >& sources )
{
  uint64_t highest = 0;
  for_each_source( sources,
    [ & ]( const nest::Source& source, size_t )
    {
      const uint64_t id = source.get_node_id();
      lowest_ = source.is_disabled() ? lowest_ : std::min( lowest_, id );
      highest = source.is_disabled() ? highest : std::max( highest, id );
    } );
  first_.assign( lowest_ <= highest ? highest - lowest_ + 3 : 2, 0 );
  size_t last = 0;
  for_each_source( sources,
    [ & ]( const nest::Source& source, size_t )
    {
      const size_t b = bucket( source );
      ++first_[ b + 1 ];
      is_given_ = is_given_ and last <= b;
      last = b;
    } );
  std::partial_sum( first_.begin(), first_.end(), first_.begin() );
}

std::vector< uint32_t >
OrderBySource::beginnings() const
{
  std::vector< uint32_t > begin;
  for ( size_t b = 0; b + 1 < first_.size(); ++b )
  {
    if ( first_[ b ] < first_[ b + 1 ] )
    {
      begin.push_back( first_[ b ] );
    }
  }
  return begin;
}

size_t
OrderBySource::first_disabled() const
{
  return first_[ first_.size() - 2 ];
}

void
OrderBySource::apply( BlockVector< nest::Source >& sources ) const
{
  if ( is_given_ )
  {
    return;
  }
  size_t b = 0;
  nest::Source source = source_of( b );
  for_each_source( sources,
    [ & ]( nest::Source& place, const size_t i )
    {
      for ( ; i >= first_[ b + 1 ]; source = source_of( b ) )
      {
        ++b;
      }
      place = source;
    } );
}

/* What NEST's table has for the connections of a bucket. */
nest::Source
OrderBySource::source_of( const size_t bucket ) const
{
  const bool is_disabled = bucket + 2 == first_.size();
  nest::Source source( is_disabled ? 0 : lowest_ + bucket, true );
  if ( is_disabled )
  {
    source.disable();
  }
  return source;
}

} // namespace nestml_jit
