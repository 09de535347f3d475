#include "connector.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>
#include <typeinfo>

#include "delay_checker.h"
#include "kernel_manager.h"
#include "nest_names.h"
#include "source_table.h"

#include "shell.h"
#include "synapse_model.h"

namespace nestml_jit
{

uint64_t&
binding_epoch()
{
  static uint64_t epoch = 1;
  return epoch;
}

ColumnarConnector::ColumnarConnector( const nest::synindex syn_id, SynapseModel& model )
  : syn_id_( syn_id )
  , model_( &model )
  , list_( model.connectors() )
  , reader_( std::make_shared< Reader >( *this ) )
  , columns_( model.description().variables.size() )
{
  list_->connectors.push_back( this );
}

ColumnarConnector::~ColumnarConnector()
{
  auto& all = list_->connectors;
  all.erase( std::remove( all.begin(), all.end(), this ), all.end() );
}

int64_t
ColumnarConnector::Reader::oldest_needed() const
{
  int64_t oldest = std::numeric_limits< int64_t >::max();
  for ( const Segment& segment : connector_.segments_ )
  {
    oldest = std::min( oldest, segment.t_done );
  }
  if ( connector_.indexed_ < connector_.size() )
  {
    oldest = std::min( oldest, connector_.since_ );
  }
  return oldest - nest::kernel().connection_manager.get_max_delay();
}

// --- building --------------------------------------------------------------------------------------

namespace
{

/* The step that the simulation has reached; connections may be made during it. */
int64_t
reached()
{
  const auto& simulation = nest::kernel().simulation_manager;
  return simulation.get_slice_origin().get_steps() + simulation.get_from_step();
}

} // namespace

uint32_t
ColumnarConnector::target_of( nest::Node& node, const size_t rport )
{
  Block* const block = typeid( node ) == typeid( Shell ) ? static_cast< Shell& >( node ).block() : nullptr;
  for ( size_t k = targets_.size(); k-- > 0; )
  {
    if ( targets_[ k ].block == block and targets_[ k ].rport == rport )
    {
      return static_cast< uint32_t >( k );
    }
  }
  if ( targets_.size() > std::numeric_limits< uint16_t >::max() )
  {
    throw nest::IllegalConnection( "The synapse model '" + model_->get_name()
      + "' reaches more than 65536 pairs of neuron model and receptor type on one thread. Copy it with CopyModel." );
  }
  targets_.emplace_back();
  targets_.back().block = block;
  targets_.back().rport = rport;
  if ( block )
  {
    block->add_reader( reader_ );
  }
  return static_cast< uint32_t >( targets_.size() - 1 );
}

uint16_t
ColumnarConnector::delay_index( const uint32_t steps )
{
  const auto found = delay_lookup_.find( steps );
  if ( found != delay_lookup_.end() )
  {
    return found->second;
  }
  if ( delay_steps_.size() > std::numeric_limits< uint16_t >::max() )
  {
    throw nest::BadDelay( nest::Time::delay_steps_to_ms( steps ),
      "a synapse model from NESTML can have at most 65536 different delays on one thread. Copy it with CopyModel." );
  }
  const auto index = static_cast< uint16_t >( delay_steps_.size() );
  delay_steps_.push_back( steps );
  delay_lookup_[ steps ] = index;
  return index;
}

void
ColumnarConnector::push_back( nest::Node& target,
  const size_t rport,
  const uint32_t delay_steps,
  const std::vector< double >& row )
{
  const uint32_t k = target_of( target, rport );
  const uint16_t d = delay_index( delay_steps );
  const size_t n = size();
  if ( n == indexed_ )
  {
    since_ = reached();
  }
  if ( targets_[ k ].block )
  {
    lane_.push_back( static_cast< uint32_t >( static_cast< Shell& >( target ).lane() ) );
  }
  else
  {
    lane_.push_back( static_cast< uint32_t >( foreign_.size() ) );
    foreign_.push_back( &target );
  }
  delay_.push_back( d );
  kind_.push_back( static_cast< uint16_t >( k ) );

  for ( size_t c = 0; c < columns_.size(); ++c )
  {
    SynapseColumn& column = columns_[ c ];
    switch ( column.mode )
    {
    case SynapseColumn::Mode::uniform:
      if ( n == 0 )
      {
        column.uniform = row[ c ];
      }
      else if ( column.uniform != row[ c ] )
      {
        column.mode = SynapseColumn::Mode::connection;
        column.values.assign( n, column.uniform );
        column.values.push_back( row[ c ] );
      }
      break;
    case SynapseColumn::Mode::source:
      column.tail.push_back( row[ c ] );
      break;
    case SynapseColumn::Mode::connection:
      column.values.push_back( row[ c ] );
      break;
    }
  }
}

void
ColumnarConnector::apply_mode( const size_t c, const SynapseColumn::Mode mode )
{
  SynapseColumn& column = columns_[ c ];
  if ( mode == SynapseColumn::Mode::source and column.mode == SynapseColumn::Mode::uniform )
  {
    column.mode = mode;
    column.values.assign( segments_.size(), column.uniform );
    column.tail.assign( size() - indexed_, column.uniform );
  }
  else if ( mode == SynapseColumn::Mode::connection and column.mode != mode )
  {
    LargeVector< double > values( size() );
    for ( size_t lcid = 0; lcid < values.size(); ++lcid )
    {
      values[ lcid ] = value( c, lcid );
    }
    column.mode = mode;
    column.values = std::move( values );
    column.tail.clear();
  }
}

bool
ColumnarConnector::is_uniform( const size_t c, bool& seen, double& common ) const
{
  const auto agrees = [ & ]( const double v )
  {
    const bool same = not seen or v == common;
    common = v;
    seen = true;
    return same;
  };
  const SynapseColumn& column = columns_[ c ];
  if ( size() == 0 )
  {
    return true;
  }
  switch ( column.mode )
  {
  case SynapseColumn::Mode::uniform:
    return agrees( column.uniform );
  case SynapseColumn::Mode::source:
    return true; // values that differ between sources by what happened, not by what was set
  default:
    // a state that has values of its own was set for connections: that they agree now means nothing
    return model_->description().variables[ c ].is_parameter()
      and std::all_of( column.values.begin(), column.values.end(), agrees );
  }
}

void
ColumnarConnector::set_common( const size_t c, const double v )
{
  columns_[ c ].uniform = v;
}

// --- looking up ------------------------------------------------------------------------------------

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

uint32_t
ColumnarConnector::kind( const size_t lcid ) const
{
  return lcid < indexed_ ? runs_[ run_of( lcid ) ].kind : kind_[ lcid - indexed_ ];
}

nest::Node&
ColumnarConnector::node( const size_t lcid ) const
{
  Block* const block = targets_[ kind( lcid ) ].block;
  return block ? static_cast< nest::Node& >( block->node( lane_[ lcid ] ) ) : *foreign_[ lane_[ lcid ] ];
}

double
ColumnarConnector::value( const size_t c, const size_t lcid ) const
{
  const SynapseColumn& column = columns_[ c ];
  switch ( column.mode )
  {
  case SynapseColumn::Mode::uniform:
    return column.uniform;
  case SynapseColumn::Mode::source:
    return lcid < indexed_ ? column.values[ runs_[ run_of( lcid ) ].segment ] : column.tail[ lcid - indexed_ ];
  default:
    return column.values[ lcid ];
  }
}

void
ColumnarConnector::set_value( const size_t c, const size_t lcid, const double v )
{
  if ( value( c, lcid ) == v )
  {
    return;
  }
  SynapseColumn& column = columns_[ c ];
  const bool is_parameter = model_->description().variables[ c ].is_parameter();
  if ( column.mode == SynapseColumn::Mode::uniform and size() == 1 and is_parameter )
  {
    column.uniform = v;
    return;
  }
  apply_mode( c, SynapseColumn::Mode::connection );
  column.values[ lcid ] = v;
  forget_alike( lcid );
}

/* Put the states that the target keeps for a connection into a row of its variables: their values when
 * the connection was last up to date. False if the target keeps none. */
bool
ColumnarConnector::look( const size_t lcid, std::vector< double >& row ) const
{
  if ( lcid >= indexed_ )
  {
    return false;
  }
  const Run& run = runs_[ run_of( lcid ) ];
  Block* const block = targets_[ run.kind ].block;
  const Binding* const binding = block ? block->type().binding() : nullptr;
  if ( not binding or not block->nj().history or lane_[ lcid ] >= block->remembered_lanes() )
  {
    return false;
  }
  const auto found = binding->deliveries.find( model_->get_name() );
  if ( found == binding->deliveries.end() or not found->second.functions->look )
  {
    return false;
  }
  const BoundDelivery& bound = found->second;
  NjDelivery delivery {};
  delivery.block = &block->nj();
  delivery.delay_steps = delay_steps_.data();
  delivery.scalar = bound.scalars.data();
  delivery.scratch = bound.scratch.data();
  const Segment& segment = segments_[ run.segment ];
  const NjRun view { &lane_[ lcid ], &delay_[ lcid ], nullptr, 1, segment.t_last, segment.t_done, 0 };
  std::vector< double > values( bound.moved.size() );
  bound.functions->look( &delivery, &view, 0, values.data() );
  for ( size_t m = 0; m < values.size(); ++m )
  {
    const size_t c = model_->description().variables.find( bound.moved[ m ] );
    if ( columns_[ c ].mode != SynapseColumn::Mode::connection
      or columns_[ c ].values[ lcid ] == columns_[ c ].uniform )
    {
      row[ c ] = values[ m ]; // not set for this connection since
    }
  }
  return true;
}

void
ColumnarConnector::take_back( const NeuronType& type, const std::vector< std::string >& names )
{
  if ( not type.binding() or not type.binding()->deliveries.count( model_->get_name() ) )
  {
    return;
  }
  std::vector< size_t > back;
  for ( const std::string& name : type.binding()->deliveries.at( model_->get_name() ).moved )
  {
    if ( std::find( names.begin(), names.end(), name ) != names.end() )
    {
      back.push_back( model_->description().variables.find( name ) );
    }
  }
  std::vector< double > row( columns_.size() );
  for ( size_t lcid = 0; not back.empty() and lcid < indexed_; ++lcid )
  {
    Block* const block = targets_[ kind( lcid ) ].block;
    if ( block and &block->type() == &type and look( lcid, row ) )
    {
      for ( const size_t c : back )
      {
        const SynapseColumn& column = columns_[ c ];
        if ( column.mode != SynapseColumn::Mode::connection or column.values[ lcid ] == column.uniform )
        {
          set_value( c, lcid, row[ c ] );
        }
      }
    }
  }
}

void
ColumnarConnector::get_synapse_status( const size_t, const size_t lcid, Dictionary& d ) const
{
  std::vector< double > row( columns_.size() );
  for ( size_t c = 0; c < row.size(); ++c )
  {
    row[ c ] = value( c, lcid );
  }
  look( lcid, row );
  model_->description().variables.refresh_internals( row.data() );
  model_->write( row, nest::Time::delay_steps_to_ms( delay_steps_[ delay_[ lcid ] ] ), d );
  size_t bytes = sizeof( uint32_t ) + sizeof( uint16_t );
  for ( const SynapseColumn& column : columns_ )
  {
    bytes += column.mode == SynapseColumn::Mode::connection ? sizeof( double ) : 0;
  }
  d[ nest::names::size_of ] = static_cast< long >( bytes );
  d[ nest::names::rport ] = static_cast< long >( targets_[ kind( lcid ) ].rport );
  d[ nest::names::target ] = static_cast< long >( node( lcid ).get_node_id() );
}

void
ColumnarConnector::set_synapse_status( const size_t lcid, const Dictionary& d, nest::ConnectorModel& )
{
  std::vector< double > row( columns_.size() );
  for ( size_t c = 0; c < row.size(); ++c )
  {
    row[ c ] = value( c, lcid );
  }
  model_->check_synapse_params( d );
  double delay = nest::Time::delay_steps_to_ms( delay_steps_[ delay_[ lcid ] ] );
  const bool delay_given = model_->read( d, row, delay );
  if ( delay_given )
  {
    nest::kernel().connection_manager.get_delay_checker().assert_valid_delay_ms( delay );
  }
  d.all_entries_accessed( "connection.set()", "params" );
  if ( checking() )
  {
    return;
  }
  const Variables& variables = model_->description().variables;
  for ( size_t c = 0; c < row.size(); ++c )
  {
    if ( variables[ c ].is_settable() and not variables[ c ].common )
    {
      set_value( c, lcid, row[ c ] );
    }
  }
  if ( delay_given )
  {
    delay_[ lcid ] = delay_index( static_cast< uint32_t >( nest::Time::delay_ms_to_steps( delay ) ) );
    forget_alike( lcid );
  }
}

void
ColumnarConnector::get_connection( const size_t source_node_id,
  const size_t target_node_id,
  const size_t tid,
  const size_t lcid,
  const long synapse_label,
  std::deque< nest::ConnectionID >& conns ) const
{
  if ( synapse_label != nest::UNLABELED_CONNECTION or disabled_.count( lcid ) )
  {
    return;
  }
  const size_t current = node( lcid ).get_node_id();
  if ( target_node_id == 0 or current == target_node_id )
  {
    conns.push_back( nest::ConnectionID( source_node_id, current, tid, syn_id_, lcid ) );
  }
}

void
ColumnarConnector::get_connection_with_specified_targets( const size_t source_node_id,
  const std::vector< size_t >& target_neuron_node_ids,
  const size_t tid,
  const size_t lcid,
  const long synapse_label,
  std::deque< nest::ConnectionID >& conns ) const
{
  const size_t current = node( lcid ).get_node_id();
  if ( std::find( target_neuron_node_ids.begin(), target_neuron_node_ids.end(), current )
    != target_neuron_node_ids.end() )
  {
    get_connection( source_node_id, 0, tid, lcid, synapse_label, conns );
  }
}

void
ColumnarConnector::get_all_connections( const size_t source_node_id,
  const size_t target_node_id,
  const size_t tid,
  const long synapse_label,
  std::deque< nest::ConnectionID >& conns ) const
{
  for ( size_t lcid = 0; lcid < size(); ++lcid )
  {
    get_connection( source_node_id, target_node_id, tid, lcid, synapse_label, conns );
  }
}

void
ColumnarConnector::get_source_lcids( const size_t,
  const size_t target_node_id,
  std::vector< size_t >& source_lcids ) const
{
  for ( size_t lcid = 0; lcid < size(); ++lcid )
  {
    if ( node( lcid ).get_node_id() == target_node_id and not disabled_.count( lcid ) )
    {
      source_lcids.push_back( lcid );
    }
  }
}

void
ColumnarConnector::get_target_node_ids( const size_t,
  const size_t start_lcid,
  const std::string& post_synaptic_element,
  std::vector< size_t >& target_node_ids ) const
{
  const uint32_t source = runs_[ run_of( start_lcid ) ].source;
  for ( size_t r = run_of( start_lcid ); r < runs_.size() and runs_[ r ].source == source; ++r )
  {
    for ( size_t lcid = std::max< size_t >( start_lcid, runs_[ r ].first ); lcid < runs_[ r ].first + runs_[ r ].size;
      ++lcid )
    {
      nest::Node& target = node( lcid );
      if ( target.get_synaptic_elements( post_synaptic_element ) != 0.0 and not disabled_.count( lcid ) )
      {
        target_node_ids.push_back( target.get_node_id() );
      }
    }
  }
}

size_t
ColumnarConnector::get_target_node_id( const size_t, const unsigned int lcid ) const
{
  return node( lcid ).get_node_id();
}

size_t
ColumnarConnector::find_first_target( const size_t, const size_t start_lcid, const size_t target_node_id ) const
{
  const uint32_t source = runs_[ run_of( start_lcid ) ].source;
  for ( size_t r = run_of( start_lcid ); r < runs_.size() and runs_[ r ].source == source; ++r )
  {
    for ( size_t lcid = std::max< size_t >( start_lcid, runs_[ r ].first ); lcid < runs_[ r ].first + runs_[ r ].size;
      ++lcid )
    {
      if ( node( lcid ).get_node_id() == target_node_id and not disabled_.count( lcid ) )
      {
        return lcid;
      }
    }
  }
  return nest::invalid_index;
}

size_t
ColumnarConnector::find_enabled_connection( const size_t tid,
  const size_t syn_id,
  const size_t source_node_id,
  const size_t target_node_id,
  const nest::SourceTable& source_table ) const
{
  for ( size_t lcid = 0; lcid < size(); ++lcid )
  {
    if ( source_table.get_node_id( tid, static_cast< nest::synindex >( syn_id ), lcid ) == source_node_id
      and node( lcid ).get_node_id() == target_node_id and not disabled_.count( lcid ) )
    {
      return lcid;
    }
  }
  return nest::invalid_index;
}

void
ColumnarConnector::disable_connection( const size_t lcid )
{
  assert( not disabled_.count( lcid ) );
  disabled_.insert( lcid );
}

// --- sorting ---------------------------------------------------------------------------------------

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

void
ColumnarConnector::permute( const std::vector< uint32_t >& order )
{
  reorder( lane_, order );
  reorder( delay_, order );
  reorder( kind_, order );
  for ( SynapseColumn& column : columns_ )
  {
    if ( column.mode == SynapseColumn::Mode::connection )
    {
      reorder( column.values, order );
    }
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
  for ( SynapseColumn& column : columns_ )
  {
    if ( column.mode == SynapseColumn::Mode::connection )
    {
      column.values.resize( first );
    }
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

// --- delivery --------------------------------------------------------------------------------------

/* Look up the target's kernel and what its delivery needs; once per simulation. */
void
ColumnarConnector::bind( Target& target )
{
  const Binding* const binding = target.block->type().binding();
  target.bound = nullptr;
  target.epoch = binding_epoch();
  target.slots_of = INT64_MIN;
  if ( binding )
  {
    const auto found = binding->deliveries.find( model_->get_name() );
    target.bound = found == binding->deliveries.end() ? nullptr : &found->second;
  }
  if ( not target.bound )
  {
    throw nest::KernelException( "The kernel attached to '" + target.block->type().name()
      + "' does not know the synapse model '" + model_->get_name() + "'." );
  }
  const Variables& variables = model_->description().variables;
  target.column.clear();
  for ( size_t i = 0; i < target.bound->columns.size(); ++i )
  {
    const size_t c = variables.find( target.bound->columns[ i ] );
    target.column.push_back( c );
    // for connectors that structural plasticity makes after the kernel was attached
    apply_mode( c, target.bound->per_source[ i ] ? SynapseColumn::Mode::source : SynapseColumn::Mode::connection );
  }

  const Receptor& receptor = *target.block->type().description().receptor( static_cast< long >( target.rport ) );
  const uint64_t stride = target.block->nj().lane_stride;
  const auto offset = [ stride ]( const int32_t channel ) { return channel < 0 ? -1 : int64_t( channel * stride ); };
  NjDelivery& delivery = target.delivery;
  delivery.block = &target.block->nj();
  delivery.scalar = target.bound->scalars.data();
  delivery.scratch = target.bound->scratch.data();
  delivery.positive = receptor.positive * stride;
  delivery.negative = receptor.negative * stride;
  delivery.negative_sign = receptor.is_pair() ? -1.0 : 1.0;
  delivery.count_positive = offset( receptor.count_positive );
  delivery.count_negative = offset( receptor.count_negative );
  delivery.emitted = nullptr;
  delivery.stdp_eps = 0.0;
}

/* Offsets of the ring slots at which a spike of step t_spike arrives, by delay index. */
const uint64_t*
ColumnarConnector::slot_offsets( Target& target, const int64_t t_spike, const int64_t origin )
{
  const long min_delay = nest::kernel().connection_manager.get_min_delay();
  const size_t delays = delay_steps_.size();
  if ( target.slots_of != origin or target.slot_offset.size() != 2 * min_delay * delays )
  {
    target.slots_of = origin;
    target.slot_offset.resize( 2 * min_delay * delays );
    target.slot_known.assign( 2 * min_delay, false );
  }
  // spikes of neurons come from the previous slice, those of devices from this one
  const auto lag = static_cast< size_t >( t_spike - 1 - origin + min_delay );
  uint64_t* const row = target.slot_offset.data() + lag * delays;
  if ( not target.slot_known[ lag ] )
  {
    target.slot_known[ lag ] = true;
    const auto limit = nest::kernel().connection_manager.get_max_delay() + min_delay;
    for ( size_t d = 0; d < delays; ++d )
    {
      const long relative = t_spike + delay_steps_[ d ] - 1 - origin;
      if ( relative >= 0 and relative < limit )
      {
        row[ d ] = nest::kernel().event_delivery_manager.get_modulo( relative ) * target.delivery.block->slot_stride;
      }
    }
  }
  return row;
}

/* Whether a run's connections are all alike, for synapses that change nothing about them. */
bool
ColumnarConnector::is_alike( Run& run ) const
{
  if ( run.alike == Alike::unknown )
  {
    const auto equal = [ & ]( const auto& values )
    {
      const auto first = values.begin() + run.first;
      return std::all_of( first, first + run.size, [ first ]( const auto value ) { return value == *first; } );
    };
    const bool alike = not model_->description().plastic and equal( delay_ )
      and std::all_of( columns_.begin(),
        columns_.end(),
        [ & ]( const SynapseColumn& column )
        { return column.mode != SynapseColumn::Mode::connection or equal( column.values ); } );
    run.alike = alike ? Alike::yes : Alike::no;
  }
  return run.alike == Alike::yes;
}

/* A value of a connection changes: look at its run anew. */
void
ColumnarConnector::forget_alike( const size_t lcid )
{
  if ( lcid < indexed_ )
  {
    runs_[ run_of( lcid ) ].alike = Alike::unknown;
  }
}

void
ColumnarConnector::deliver( Run& run,
  nest::Event& e,
  const int64_t t_spike,
  const int64_t origin,
  const size_t multiplicity )
{
  Target& target = targets_[ run.kind ];
  if ( not target.block )
  {
    for ( size_t lcid = run.first; lcid < run.first + run.size; ++lcid )
    {
      send_event( lcid, e );
    }
    return;
  }
  if ( target.epoch != binding_epoch() )
  {
    bind( target );
  }
  NjDelivery& delivery = target.delivery;
  delivery.delay_steps = delay_steps_.data();
  delivery.slot_offset = slot_offsets( target, t_spike, origin );
  delivery.t_spike = t_spike;
  delivery.multiplicity = static_cast< uint32_t >( multiplicity );

  pointers_.clear();
  for ( const size_t c : target.column )
  {
    SynapseColumn& column = columns_[ c ];
    pointers_.push_back(
      column.values.data() + ( column.mode == SynapseColumn::Mode::source ? run.segment : run.first ) );
  }
  const Segment& segment = segments_[ run.segment ];
  const NjRun view { lane_.data() + run.first,
    delay_.data() + run.first,
    pointers_.data(),
    run.size,
    segment.t_last,
    segment.t_done,
    is_alike( run ) };
  target.bound->functions->deliver( &delivery, &view );
}

/* After the last run of a segment: its source's state moves over the spike. */
void
ColumnarConnector::finish_segment( const Run& run, const int64_t t_spike )
{
  Target& target = targets_[ run.kind ];
  Segment& segment = segments_[ run.segment ];
  if ( target.block and target.bound->functions->spike )
  {
    target.bound->functions->spike( &target.delivery, pointers_.data(), segment.t_last );
  }
  segment = { t_spike, t_spike };
}

/* Deliver to all runs of a source; returns the number of connections. */
size_t
ColumnarConnector::send_runs( const size_t first_run, nest::Event& e )
{
  const int64_t t_spike = e.get_stamp().get_steps();
  const int64_t origin = nest::kernel().simulation_manager.get_slice_origin().get_steps();
  const size_t multiplicity = static_cast< nest::SpikeEvent& >( e ).get_multiplicity();
  const uint32_t source = runs_[ first_run ].source;
  size_t delivered = 0;
  for ( size_t r = first_run; r < runs_.size() and runs_[ r ].source == source; ++r )
  {
    deliver( runs_[ r ], e, t_spike, origin, multiplicity );
    delivered += runs_[ r ].size;
    if ( r + 1 == runs_.size() or runs_[ r + 1 ].segment != runs_[ r ].segment )
    {
      finish_segment( runs_[ r ], t_spike );
    }
  }
  return delivered;
}

/* Pass an event on through NEST's own path: to nodes that are not ours, and from devices. */
void
ColumnarConnector::send_event( const size_t lcid, nest::Event& e )
{
  const size_t weight = model_->description().weight;
  e.set_port( lcid );
  e.set_receiver( node( lcid ) );
  e.set_weight( value( weight, lcid ) );
  e.set_delay_steps( delay_steps_[ delay_[ lcid ] ] );
  e.set_rport( targets_[ kind( lcid ) ].rport );
  e();
}

size_t
ColumnarConnector::send( const size_t, const size_t lcid, const std::vector< nest::ConnectorModel* >&, nest::Event& e )
{
  if ( e.is_flush_event() )
  {
    return 0;
  }
  if ( indexed_ != size() )
  {
    index_unsorted( false );
  }
  return send_runs( run_of( lcid ), e );
}

void
ColumnarConnector::send_to_all( const size_t, const std::vector< nest::ConnectorModel* >&, nest::Event& e )
{
  if ( e.is_flush_event() )
  {
    return;
  }
  if ( not model_->description().plastic )
  {
    for ( size_t lcid = 0; lcid < size(); ++lcid )
    {
      send_event( lcid, e );
    }
    return;
  }
  if ( indexed_ != size() )
  {
    index_unsorted( true );
  }
  send_runs( 0, e );
}

} // namespace nestml_jit
