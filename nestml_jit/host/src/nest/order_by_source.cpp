#include "nest/order_by_source.h"

#include <algorithm>
#include <numeric>

namespace nestml_jit
{

OrderBySource::OrderBySource( const BlockVector< nest::Source >& sources )
{
  uint64_t highest = 0;
  for ( const nest::Source& source : sources )
  {
    if ( not source.is_disabled() )
    {
      lowest_ = std::min< uint64_t >( lowest_, source.get_node_id() );
      highest = std::max< uint64_t >( highest, source.get_node_id() );
    }
  }
  first_.assign( lowest_ <= highest ? highest - lowest_ + 3 : 2, 0 );
  size_t last = 0;
  for ( const nest::Source& source : sources )
  {
    const size_t b = bucket( source );
    ++first_[ b + 1 ];
    is_given_ = is_given_ and last <= b;
    last = b;
  }
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
  auto place = sources.begin();
  for ( size_t b = 0; b + 1 < first_.size(); ++b )
  {
    nest::Source source( lowest_ + b, true );
    if ( b + 2 == first_.size() )
    {
      source = nest::Source( 0, true );
      source.disable();
    }
    for ( uint32_t i = first_[ b ]; i < first_[ b + 1 ]; ++i, ++place )
    {
      *place = source;
    }
  }
}

} // namespace nestml_jit
