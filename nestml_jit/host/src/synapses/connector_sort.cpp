/* Connections are brought into the order in which spikes are delivered. */
#include "synapses/connector.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "source_table.h"

#include "nest/synapse_model.h"

namespace nestml_jit
{

namespace
{

/* A stable order of connections by their source, disabled ones last: NEST removes these from the end. */
class OrderBySource
{
public:
  explicit OrderBySource( const BlockVector< nest::Source >& sources );

  /* Whether the connections have this order already. */
  bool
  is_given() const
  {
    return is_given_;
  }

  /* Where the connections of each source begin, in the new order. */
  std::vector< uint32_t > beginnings() const;

  size_t disabled() const;

  template < typename T >
  void apply( const BlockVector< nest::Source >& sources, LargeVector< T >& values ) const;

  /* To be called last: the others read the sources. */
  void apply( BlockVector< nest::Source >& sources ) const;

private:
  size_t
  bucket( const nest::Source& source ) const
  {
    return source.is_disabled() ? first_.size() - 2 : source.get_node_id() - lowest_;
  }

  uint64_t lowest_ = std::numeric_limits< uint64_t >::max();
  std::vector< uint32_t > first_; /* [bucket] the first of its connections; the last one is the end */
  bool is_given_ = true;
};

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
OrderBySource::disabled() const
{
  return first_.back() - first_[ first_.size() - 2 ];
}

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

/* Of each delay index, how many delays are shorter. */
std::vector< uint16_t >
ranks( const std::vector< uint32_t >& delay_steps )
{
  std::vector< uint32_t > by_steps( delay_steps.size() );
  std::iota( by_steps.begin(), by_steps.end(), 0u );
  std::sort( by_steps.begin(),
    by_steps.end(),
    [ & ]( const uint32_t a, const uint32_t b ) { return delay_steps[ a ] < delay_steps[ b ]; } );
  std::vector< uint16_t > rank( delay_steps.size() );
  for ( size_t r = 0; r < by_steps.size(); ++r )
  {
    rank[ by_steps[ r ] ] = static_cast< uint16_t >( r );
  }
  return rank;
}

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

/* The columns with a value for each connection. */
std::vector< SynapseColumn* >
ColumnarConnector::per_connection()
{
  std::vector< SynapseColumn* > found;
  const auto add = [ & ]( SynapseColumn& column )
  {
    if ( column.mode == SynapseColumn::Mode::connection )
    {
      found.push_back( &column );
    }
  };
  std::for_each( columns_.begin(), columns_.end(), add );
  add( label_ );
  add( ahead_ );
  return found;
}

/* Call `change` with every array that has an entry for each connection. */
template < typename Change >
void
ColumnarConnector::for_each_array( Grouping& grouping, const Change& change )
{
  places_.for_each_array( change );
  change( kind_.stored() );
  change( grouping.group );
  for ( SynapseColumn* const column : per_connection() )
  {
    change( column->values );
  }
}

/* Write the runs' kinds out per connection, before connections change places. */
void
ColumnarConnector::expand_kinds()
{
  const uint16_t one = runs_.empty() ? kind_[ 0 ] : runs_.front().kind;
  const bool same = std::all_of( runs_.begin(), runs_.end(), [ one ]( const Run& run ) { return run.kind == one; } )
    and kind_.is_same() and ( kind_.size() == 0 or kind_[ 0 ] == one );
  IndexColumn all;
  all.assign( size(), one );
  if ( not same )
  {
    LargeVector< uint16_t >& stored = all.stored();
    stored.resize( size() );
    for ( const Run& run : runs_ )
    {
      std::fill_n( stored.begin() + run.first, run.size, run.kind );
    }
    for ( size_t lcid = indexed_; lcid < size(); ++lcid )
    {
      stored[ lcid ] = kind_[ lcid - indexed_ ];
    }
  }
  kind_ = std::move( all );
}

/* Sort by source, within a source by what shares a past, block and receptor, delay, and lane. */
void
ColumnarConnector::sort_connections( BlockVector< nest::Source >& sources )
{
  seed_known();
  expand_kinds();
  Grouping grouping = groups();
  const OrderBySource order( sources );
  for_each_array( grouping, [ & ]( auto& values ) { order.apply( sources, values ); } );
  order.apply( sources );

  const std::vector< uint32_t > beginnings = order.beginnings();
  const std::vector< uint16_t > rank = ranks( delay_steps_ );
  for ( size_t s = 0; s < beginnings.size(); ++s )
  {
    sort_source( beginnings[ s ], s + 1 < beginnings.size() ? beginnings[ s + 1 ] : size(), grouping, rank );
  }
  disabled_.clear();
  for ( size_t lcid = size() - order.disabled(); lcid < size(); ++lcid )
  {
    disabled_.insert( lcid );
  }
  index( beginnings, grouping );
  std::vector< unsigned char >().swap( more_ );
  stretches_stale_ = false;
  for ( const Run& run : runs_ )
  {
    segments_[ run.segment ].source_id = sources[ run.first ].get_node_id();
  }
}

void
ColumnarConnector::sort_source( const size_t first,
  const size_t end,
  Grouping& grouping,
  const std::vector< uint16_t >& rank )
{
  const auto key = [ & ]( const size_t lcid ) -> SortKey
  {
    const uint64_t place =
      uint64_t( kind_[ lcid ] ) << 48 | uint64_t( rank[ places_.delay( lcid ) ] ) << 32 | places_.lane( lcid );
    return { place, grouping.of( lcid ), static_cast< uint32_t >( lcid ) };
  };
  SortKey last = key( first );
  bool sorted = true;
  for ( size_t lcid = first + 1; lcid < end and sorted; ++lcid )
  {
    const SortKey next = key( lcid );
    sorted = not( next < last );
    last = next;
  }
  if ( sorted )
  {
    return;
  }
  keys_.clear();
  for ( size_t lcid = first; lcid < end; ++lcid )
  {
    keys_.push_back( key( lcid ) );
  }
  std::sort( keys_.begin(), keys_.end() );
  for_each_array( grouping, [ & ]( auto& values ) { reorder( values, first, keys_ ); } );
}

} // namespace nestml_jit
