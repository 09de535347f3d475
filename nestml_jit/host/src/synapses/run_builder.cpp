#include "synapses/run_builder.h"

#include <algorithm>
#include <utility>

namespace nestml_jit
{

namespace
{

/* Give connections `first` and following the order of `keys`. */
template < typename T, typename Keys >
void
reorder( LargeVector< T >& values, const size_t first, const Keys& keys )
{
  if ( values.empty() )
  {
    return;
  }
  std::vector< T > ordered( keys.size() );
  std::transform( keys.begin(), keys.end(), ordered.begin(), [ & ]( const auto& key ) { return values[ key.lcid ]; } );
  std::copy( ordered.begin(), ordered.end(), values.begin() + static_cast< long >( first ) );
}

} // namespace

RunBuilder::RunBuilder( ConnectionData& data )
  : data_( data )
  , kinds_( data.index.kinds() )
  , pasts_( data.index, data.table )
  , rank_( data.delays.ranks() )
  , source_values_( data.table.columns().size() )
{
}

ConnectionKey
RunBuilder::key( const size_t lcid ) const
{
  const uint64_t place = uint64_t( kinds_[ lcid ] ) << 48 | uint64_t( rank_[ data_.places.delay( lcid ) ] ) << 32
    | data_.places.lane( lcid );
  return { place, pasts_.of( lcid ), static_cast< uint32_t >( lcid ) };
}

void
RunBuilder::sort_within( const std::vector< uint32_t >& sources )
{
  for ( size_t s = 0; s < sources.size(); ++s )
  {
    sort_source( sources[ s ], s + 1 < sources.size() ? sources[ s + 1 ] : data_.size() );
  }
}

/* Say if connections of a source have their order already. With one target, past and delay their lanes decide. */
bool
RunBuilder::is_sorted( const size_t first, const size_t end )
{
  if ( kinds_.is_same() and pasts_.are_same() and data_.places.have_one_delay() )
  {
    const uint32_t* const lanes = data_.places.lanes( first, end - first );
    return std::is_sorted( lanes, lanes + ( end - first ) );
  }
  ConnectionKey last = key( first );
  for ( size_t lcid = first + 1; lcid < end; ++lcid )
  {
    const ConnectionKey next = key( lcid );
    if ( next < last )
    {
      return false;
    }
    last = next;
  }
  return true;
}

void
RunBuilder::sort_source( const size_t first, const size_t end )
{
  if ( is_sorted( first, end ) )
  {
    return;
  }
  keys_.clear();
  for ( size_t lcid = first; lcid < end; ++lcid )
  {
    keys_.push_back( key( lcid ) );
  }
  key_sort_.sort( keys_ );
  for_each_array( [ & ]( auto& values ) { reorder( values, first, keys_ ); } );
}

void
RunBuilder::build( const std::vector< uint32_t >& sources )
{
  for ( size_t s = 0; s < sources.size(); ++s )
  {
    const size_t end = s + 1 < sources.size() ? sources[ s + 1 ] : data_.size();
    build_source( static_cast< uint32_t >( s ), sources[ s ], end );
  }
  data_.index.replace( std::move( runs_ ), std::move( segments_ ) );
  data_.table.replace_sources( std::move( source_values_ ) );
}

/* The same for one source, whose connections are `first` to `end`. */
void
RunBuilder::build_source( const uint32_t source, const size_t first, const size_t end )
{
  const bool whole = pasts_.are_same() and kinds_.is_same();
  for ( size_t i = first; i < end; ++i )
  {
    const bool new_segment = i == first or pasts_.of( i ) != pasts_.of( i - 1 );
    if ( new_segment )
    {
      begin_segment( pasts_.of( i ) );
    }
    if ( new_segment or kinds_[ i ] != kinds_[ i - 1 ] )
    {
      const auto segment = static_cast< uint32_t >( segments_.size() - 1 );
      runs_.push_back( { static_cast< uint32_t >( i ), 0, segment, source, kinds_[ i ], Alike::unknown } );
    }
    const size_t next = whole ? end : i + 1;
    runs_.back().size += static_cast< uint32_t >( next - i );
    i = next - 1;
  }
}

/* Go on with a segment that there is, or begin one at the start values of its connections. */
void
RunBuilder::begin_segment( const uint32_t past )
{
  segments_.push_back( pasts_.segment( past ) );
  const auto columns = data_.table.columns();
  std::vector< double > values = pasts_.source_values( past );
  for ( size_t c = 0, s = 0; c < columns.size(); ++c )
  {
    if ( columns[ c ].mode == SynapseColumn::Mode::source )
    {
      source_values_[ c ].push_back( values[ s++ ] );
    }
  }
}

} // namespace nestml_jit
