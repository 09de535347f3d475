/* Order of connections: which lie together as runs and segments. */
#include "connector.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

#include "kernel_manager.h"
#include "source_table.h"

#include "synapse_model.h"

namespace nestml_jit
{

/* The run that a connection below indexed_ belongs to. */
size_t
ColumnarConnector::run_of( const size_t lcid ) const
{
  size_t run = first_run_[ lcid >> stretch_ ];
  while ( run + 1 < runs_.size() and runs_[ run + 1 ].first <= lcid )
  {
    ++run;
  }
  return run;
}

/* Note for each stretch of connections the run that it begins in; there are about as many stretches as
 * runs, so that a look-up takes a step or two. */
void
ColumnarConnector::index_runs()
{
  stretch_ = 0;
  while ( ( indexed_ >> stretch_ ) > 2 * runs_.size() )
  {
    ++stretch_;
  }
  first_run_.assign( ( indexed_ >> stretch_ ) + 1, 0 );
  for ( size_t r = 0, next = 0; r < runs_.size(); ++r )
  {
    const size_t end = static_cast< size_t >( runs_[ r ].first ) + runs_[ r ].size;
    for ( ; next < first_run_.size() and ( next << stretch_ ) < end; ++next )
    {
      first_run_[ next ] = static_cast< uint32_t >( r );
    }
  }
}

/* Write the runs' kinds out per connection, before connections change places. */
void
ColumnarConnector::expand_kinds()
{
  std::vector< uint16_t > all( size() );
  for ( const Run& run : runs_ )
  {
    std::fill_n( all.begin() + run.first, run.size, static_cast< uint16_t >( run.kind ) );
  }
  std::copy( kind_.begin(), kind_.end(), all.begin() + static_cast< long >( indexed_ ) );
  kind_ = std::move( all );
}

/* Number the groups of connections whose past is the same if their source is: the old segments, and
 * for new connections one group per distinct start of their "source" variables, or one each if they
 * stand alone. */
ColumnarConnector::Grouping
ColumnarConnector::groups( const bool alone ) const
{
  Grouping grouping;
  grouping.group.resize( size() );
  for ( const Run& run : runs_ )
  {
    std::fill_n( grouping.group.begin() + run.first, run.size, run.segment );
  }
  std::map< std::vector< double >, uint32_t > known;
  std::vector< double > start;
  for ( size_t lcid = indexed_; lcid < size(); ++lcid )
  {
    start.clear();
    for ( const SynapseColumn& column : columns_ )
    {
      if ( column.mode == SynapseColumn::Mode::source )
      {
        start.push_back( column.tail[ lcid - indexed_ ] );
      }
    }
    const auto number = static_cast< uint32_t >( segments_.size() + grouping.starts.size() );
    const auto [ found, is_new ] = known.emplace( start, number );
    const bool fresh = is_new or alone;
    grouping.group[ lcid ] = fresh ? number : found->second;
    if ( fresh )
    {
      grouping.starts.push_back( start );
    }
  }
  return grouping;
}

namespace
{

template < typename Values >
void
reorder( Values& values, const std::vector< uint32_t >& order )
{
  Values sorted( order.size() );
  for ( size_t i = 0; i < order.size(); ++i )
  {
    sorted[ i ] = values[ order[ i ] ];
  }
  values = std::move( sorted );
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
  return found;
}

void
ColumnarConnector::permute( const std::vector< uint32_t >& order )
{
  reorder( lane_, order );
  reorder( delay_, order );
  reorder( kind_, order );
  for ( SynapseColumn* const column : per_connection() )
  {
    reorder( column->values, order );
  }
  if ( not disabled_.empty() )
  {
    std::set< size_t > moved;
    for ( size_t i = 0; i < order.size(); ++i )
    {
      if ( disabled_.count( order[ i ] ) )
      {
        moved.insert( i );
      }
    }
    disabled_ = std::move( moved );
  }
}

/* Sort by source, within a source by what shares a past, block and receptor, delay, and lane. */
void
ColumnarConnector::sort_connections( BlockVector< nest::Source >& sources )
{
  const size_t n = size();
  expand_kinds();
  Grouping grouping = groups( false );
  const std::vector< uint32_t >& group = grouping.group;

  // NEST removes disabled connections from the end after this
  const auto source_key = [ & ]( const nest::Source& source )
  { return source.is_disabled() ? std::numeric_limits< uint64_t >::max() : source.get_node_id(); };

  std::vector< uint32_t > delay_rank( delay_steps_.size() );
  {
    std::vector< uint32_t > by_steps( delay_steps_.size() );
    std::iota( by_steps.begin(), by_steps.end(), 0u );
    std::sort( by_steps.begin(),
      by_steps.end(),
      [ & ]( const uint32_t a, const uint32_t b ) { return delay_steps_[ a ] < delay_steps_[ b ]; } );
    for ( uint32_t rank = 0; rank < by_steps.size(); ++rank )
    {
      delay_rank[ by_steps[ rank ] ] = rank;
    }
  }

  LargeVector< uint64_t > key( n );
  uint64_t max_id = 0;
  {
    size_t i = 0;
    for ( auto source = sources.begin(); source != sources.end(); ++source, ++i )
    {
      key[ i ] = source_key( *source );
      if ( key[ i ] != std::numeric_limits< uint64_t >::max() )
      {
        max_id = std::max( max_id, key[ i ] );
      }
    }
  }

  // counting sort by source, then each source's connections by comparison
  std::vector< uint32_t > start( max_id + 3, 0 );
  const auto bucket = [ & ]( const uint64_t k ) { return std::min( k, max_id + 1 ); };
  for ( const uint64_t k : key )
  {
    ++start[ bucket( k ) + 1 ];
  }
  std::partial_sum( start.begin(), start.end(), start.begin() );
  LargeVector< SortKey > sorted( n );
  {
    std::vector< uint32_t > next( start.begin(), start.end() - 1 );
    for ( uint32_t i = 0; i < n; ++i )
    {
      sorted[ next[ bucket( key[ i ] ) ]++ ] = {
        uint64_t( kind_[ i ] ) << 48 | uint64_t( delay_rank[ delay_[ i ] ] ) << 32 | lane_[ i ], i
      };
    }
  }
  // a table of groups is a second look-up per comparison: most connectors have one group only
  const bool one_group = segments_.size() + grouping.starts.size() <= 1;
  const auto by_key = []( const SortKey& a, const SortKey& c )
  { return a.key != c.key ? a.key < c.key : a.lcid < c.lcid; };
  const auto by_group = [ & ]( const SortKey& a, const SortKey& c )
  { return group[ a.lcid ] != group[ c.lcid ] ? group[ a.lcid ] < group[ c.lcid ] : by_key( a, c ); };
  const auto sort_bucket = [ & ]( const auto first, const auto last, const auto& less )
  {
    if ( not std::is_sorted( first, last, less ) )
    {
      std::sort( first, last, less );
    }
  };
  for ( size_t b = 0; b + 1 < start.size(); ++b )
  {
    const auto first = sorted.begin() + start[ b ];
    const auto last = sorted.begin() + start[ b + 1 ];
    if ( one_group )
    {
      sort_bucket( first, last, by_key );
    }
    else
    {
      sort_bucket( first, last, by_group );
    }
  }

  std::vector< uint32_t > order( n );
  for ( size_t i = 0; i < n; ++i )
  {
    order[ i ] = sorted[ i ].lcid;
  }
  LargeVector< SortKey >().swap( sorted );
  {
    std::vector< nest::Source > old( sources.begin(), sources.end() );
    size_t i = 0;
    for ( auto source = sources.begin(); source != sources.end(); ++source, ++i )
    {
      *source = old[ order[ i ] ];
    }
  }
  permute( order );
  reorder( grouping.group, order );
  one_source_ = false;
  index( &sources, grouping );
}

/* Make runs and segments of connections that are in place. */
void
ColumnarConnector::index( const BlockVector< nest::Source >* const sources, const Grouping& grouping )
{
  const std::vector< uint32_t >& group = grouping.group;
  const size_t n = size();
  std::vector< Run > runs;
  std::vector< Segment > segments;
  std::vector< LargeVector< double > > source_values( columns_.size() );

  std::vector< uint64_t > id( sources ? n : 0 );
  if ( sources )
  {
    size_t i = 0;
    for ( auto source = sources->begin(); source != sources->end(); ++source, ++i )
    {
      id[ i ] = source->is_disabled() ? std::numeric_limits< uint64_t >::max() : source->get_node_id();
    }
  }
  uint32_t source = 0;
  for ( size_t i = 0; i < n; ++i )
  {
    const bool new_source = i == 0 or ( sources ? id[ i ] != id[ i - 1 ] : not one_source_ );
    const bool new_segment = new_source or group[ i ] != group[ i - 1 ];
    if ( new_source and i > 0 )
    {
      ++source;
    }
    if ( new_segment )
    {
      const bool is_old = group[ i ] < segments_.size();
      segments.push_back( is_old ? segments_[ group[ i ] ] : Segment { since_, since_ } );
      for ( size_t c = 0, s = 0; c < columns_.size(); ++c )
      {
        if ( columns_[ c ].mode == SynapseColumn::Mode::source )
        {
          source_values[ c ].push_back(
            is_old ? columns_[ c ].values[ group[ i ] ] : grouping.starts[ group[ i ] - segments_.size() ][ s ] );
          ++s;
        }
      }
    }
    if ( new_segment or kind_[ i ] != kind_[ i - 1 ] )
    {
      runs.push_back( { static_cast< uint32_t >( i ),
        0,
        static_cast< uint32_t >( segments.size() - 1 ),
        source,
        kind_[ i ],
        Alike::unknown } );
    }
    ++runs.back().size;
  }

  for ( size_t c = 0; c < columns_.size(); ++c )
  {
    if ( columns_[ c ].mode == SynapseColumn::Mode::source )
    {
      columns_[ c ].values = std::move( source_values[ c ] );
      columns_[ c ].tail.clear();
    }
  }
  runs_ = std::move( runs );
  segments_ = std::move( segments );
  indexed_ = n;
  index_runs();
  std::vector< uint16_t >().swap( kind_ );
  runs_.shrink_to_fit();
  segments_.shrink_to_fit();
  lane_.shrink_to_fit();
  delay_.shrink_to_fit();
  for ( SynapseColumn& column : columns_ )
  {
    column.values.shrink_to_fit();
  }
}

/* Index connections that NEST does not sort: those of one device, or (without compressed spikes) of
 * any source, each of which then stands alone. */
void
ColumnarConnector::index_unsorted( const bool one_source )
{
  const Grouping grouping = groups( not one_source );
  expand_kinds();
  one_source_ = one_source;
  index( nullptr, grouping );
}

void
ColumnarConnector::remove_disabled_connections( const size_t first )
{
  lane_.resize( first );
  delay_.resize( first );
  disabled_.clear();
  for ( SynapseColumn* const column : per_connection() )
  {
    column->values.resize( first );
  }
  while ( not runs_.empty() and runs_.back().first >= first )
  {
    runs_.pop_back();
  }
  if ( not runs_.empty() )
  {
    runs_.back().size = static_cast< uint32_t >( first - runs_.back().first );
  }
  const size_t segments = runs_.empty() ? 0 : runs_.back().segment + 1;
  segments_.resize( segments );
  for ( SynapseColumn& column : columns_ )
  {
    if ( column.mode == SynapseColumn::Mode::source )
    {
      column.values.resize( segments );
    }
  }
  indexed_ = first;
  index_runs();
}

} // namespace nestml_jit
