/* Order of connections: which lie together as runs and segments. */
#include "synapses/connector.h"

#include <algorithm>
#include <limits>
#include <map>

#include "kernel_manager.h"

#include "nest/synapse_model.h"

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

/* Number the groups of connections whose past is the same if their source is: the old segments, and
 * for new connections one group per distinct start of their "source" variables. */
ColumnarConnector::Grouping
ColumnarConnector::groups() const
{
  Grouping grouping;
  const auto is_new_start = [ & ]( const SynapseColumn& column ) { return not column.tail.empty(); };
  const bool alike = std::none_of( columns_.begin(), columns_.end(), is_new_start );
  if ( alike and indexed_ < size() )
  {
    grouping.starts.push_back( start( indexed_ ) );
  }
  if ( alike and segments_.size() + grouping.starts.size() <= 1 )
  {
    return grouping;
  }
  grouping.group.assign( size(), static_cast< uint32_t >( segments_.size() ) );
  for ( const Run& run : runs_ )
  {
    std::fill_n( grouping.group.begin() + run.first, run.size, run.segment );
  }
  if ( not alike )
  {
    group_new( grouping );
  }
  return grouping;
}

/* The "source" variables that a connection from indexed_ on starts with. */
std::vector< double >
ColumnarConnector::start( const size_t lcid ) const
{
  std::vector< double > values;
  for ( const SynapseColumn& column : columns_ )
  {
    if ( column.mode == SynapseColumn::Mode::source )
    {
      values.push_back( column.start( lcid - indexed_ ) );
    }
  }
  return values;
}

void
ColumnarConnector::group_new( Grouping& grouping ) const
{
  std::map< std::vector< double >, uint32_t > known;
  for ( size_t lcid = indexed_; lcid < size(); ++lcid )
  {
    const auto number = static_cast< uint32_t >( segments_.size() + grouping.starts.size() );
    std::vector< double > values = start( lcid );
    const auto [ found, is_new ] = known.emplace( values, number );
    grouping.group[ lcid ] = found->second;
    if ( is_new )
    {
      grouping.starts.push_back( std::move( values ) );
    }
  }
}

/* Make runs and segments of connections that are in place; `sources` tells where each source begins. */
void
ColumnarConnector::index( const std::vector< uint32_t >& sources, const Grouping& grouping )
{
  Index made { {}, {}, std::vector< LargeVector< double > >( columns_.size() ) };
  for ( size_t s = 0; s < sources.size(); ++s )
  {
    const size_t end = s + 1 < sources.size() ? sources[ s + 1 ] : size();
    index_source( made, static_cast< uint32_t >( s ), sources[ s ], end, grouping );
  }
  for ( size_t c = 0; c < columns_.size(); ++c )
  {
    if ( columns_[ c ].mode == SynapseColumn::Mode::source )
    {
      columns_[ c ].values = std::move( made.source_values[ c ] );
      columns_[ c ].values.shrink_to_fit();
      std::vector< double >().swap( columns_[ c ].tail );
    }
  }
  runs_ = std::move( made.runs );
  segments_ = std::move( made.segments );
  runs_.shrink_to_fit();
  segments_.shrink_to_fit();
  indexed_ = size();
  kind_.assign( 0, 0 );
  split_ = disabled_.empty();
  index_runs();
}

/* Set disabled connections apart in runs of their own: NEST keeps those that were named one by one until
 * connections are sorted the next time. */
void
ColumnarConnector::split_disabled()
{
  if ( split_ )
  {
    return;
  }
  std::vector< Run > apart;
  for ( const Run& run : runs_ )
  {
    for ( size_t lcid = run.first, end = size_t( run.first ) + run.size; lcid < end; )
    {
      const auto next = disabled_.lower_bound( lcid );
      const bool disabled = next != disabled_.end() and *next == lcid;
      const size_t stop = disabled ? lcid + 1 : next == disabled_.end() ? end : std::min( *next, end );
      Run part = run;
      part.first = static_cast< uint32_t >( lcid );
      part.size = static_cast< uint32_t >( stop - lcid );
      part.alike = Alike::unknown;
      part.disabled = disabled;
      apart.push_back( part );
      lcid = stop;
    }
  }
  runs_ = std::move( apart );
  split_ = true;
  index_runs();
}

/* The same for one source, whose connections are `first` to `end`. */
void
ColumnarConnector::index_source( Index& made,
  const uint32_t source,
  const size_t first,
  const size_t end,
  const Grouping& grouping ) const
{
  const bool whole = grouping.group.empty() and kind_.is_same();
  for ( size_t i = first; i < end; ++i )
  {
    const bool new_segment = i == first or grouping.of( i ) != grouping.of( i - 1 );
    if ( new_segment )
    {
      add_segment( made, grouping, grouping.of( i ) );
    }
    if ( new_segment or kind_[ i ] != kind_[ i - 1 ] )
    {
      const auto segment = static_cast< uint32_t >( made.segments.size() - 1 );
      made.runs.push_back( { static_cast< uint32_t >( i ), 0, segment, source, kind_[ i ], Alike::unknown } );
    }
    const size_t next = whole ? end : i + 1;
    made.runs.back().size += static_cast< uint32_t >( next - i );
    i = next - 1;
  }
}

/* Go on with an old segment, or begin one at the start values of its group. */
void
ColumnarConnector::add_segment( Index& made, const Grouping& grouping, const uint32_t group ) const
{
  const bool is_old = group < segments_.size();
  made.segments.push_back( is_old ? segments_[ group ] : Segment { since_, since_ } );
  for ( size_t c = 0, s = 0; c < columns_.size(); ++c )
  {
    if ( columns_[ c ].mode == SynapseColumn::Mode::source )
    {
      made.source_values[ c ].push_back(
        is_old ? columns_[ c ].values[ group ] : grouping.starts[ group - segments_.size() ][ s ] );
      ++s;
    }
  }
}

/* Index connections that NEST does not sort, from where the spikes of one source each are delivered on. */
void
ColumnarConnector::index_unsorted( const std::vector< uint32_t >& sources )
{
  seed_known();
  const Grouping grouping = groups();
  expand_kinds();
  index( sources, grouping );
}

/* NEST tells of every connection whether a spike that is sent to it goes on to the next one. If connections are sorted,
 * runs know. Several threads may tell at the same time, of sources on different processes. */
void
ColumnarConnector::set_source_has_more_targets( const size_t lcid, const bool more )
{
  if ( nest::kernel().connection_manager.use_compressed_spikes() )
  {
    return;
  }
#pragma omp critical( nestml_jit_stretches )
  {
    stretches_stale_ = stretches_stale_ or lcid >= indexed_ or lcid >= more_.size() or more_[ lcid ] != more;
    more_.resize( size(), false );
    more_[ lcid ] = more;
  }
}

/* Without compressed spikes NEST leaves connections in the order in which they were made, and sends a spike to the first
 * of each stretch of connections with the same source. */
void
ColumnarConnector::follow_stretches()
{
  if ( not stretches_stale_ )
  {
    return;
  }
  stretches_stale_ = false;
  std::vector< uint32_t > beginnings;
  for ( size_t lcid = 0; lcid < size(); ++lcid )
  {
    if ( lcid == 0 or lcid > more_.size() or not more_[ lcid - 1 ] )
    {
      beginnings.push_back( static_cast< uint32_t >( lcid ) );
    }
  }
  index_unsorted( beginnings );
}

void
ColumnarConnector::remove_disabled_connections( const size_t first )
{
  places_.shorten( first );
  disabled_.clear();
  for ( SynapseColumn* const column : per_connection() )
  {
    column->values.resize( first );
  }
  split_ = true;
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
