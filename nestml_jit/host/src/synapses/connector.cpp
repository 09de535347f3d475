/* Connections as they are made, and their variables. */
#include "synapses/connector.h"

#include <algorithm>
#include <limits>
#include <typeinfo>

#include "kernel_manager.h"

#include "nest/reached.h"
#include "nest/shell.h"
#include "nest/synapse_model.h"

namespace nestml_jit
{

uint64_t&
binding_epoch()
{
  static uint64_t epoch = 1;
  return epoch;
}

ColumnarConnector::ColumnarConnector( const nest::synindex syn_id, SynapseModel& model )
  : TextHolder( nest::kernel().vp_manager.get_thread_id() )
  , syn_id_( syn_id )
  , model_( &model )
  , list_( model.connectors() )
  , reader_( std::make_shared< Reader >( *this ) )
  , columns_( model.description().variables.size() )
  , modulatory_( model.description().modulatory.size() )
  , modulation_( modulatory_.size() )
{
  list_->connectors.push_back( this );
}

ColumnarConnector::~ColumnarConnector()
{
  auto& all = list_->connectors;
  all.erase( std::remove( all.begin(), all.end(), this ), all.end() );
}

/* With targets of ours these come to a rest in each slice anyway. */
bool
ColumnarConnector::rests() const
{
  return mirror_ and places_.size() > 0;
}

void
ColumnarConnector::each_text( const std::function< void( double ) >& visit ) const
{
  const auto& variables = model_->description().variables;
  for ( size_t c = 0; c < variables.size(); ++c )
  {
    if ( variables[ c ].type == Type::text )
    {
      visit( columns_[ c ].uniform );
      std::for_each( columns_[ c ].values.begin(), columns_[ c ].values.end(), visit );
      std::for_each( columns_[ c ].tail.begin(), columns_[ c ].tail.end(), visit );
    }
  }
}

int64_t
ColumnarConnector::Reader::oldest_needed() const
{
  int64_t oldest = std::numeric_limits< int64_t >::max();
  if ( not connector_.model_->description().has_post )
  {
    return oldest;
  }
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
  if ( block and ( model_->description().has_post or model_->description().reads_target or not modulatory_.empty() ) )
  {
    block->readers().add( reader_ );
  }
  return static_cast< uint32_t >( targets_.size() - 1 );
}

/* The number of a target that is not ours; one that is new begins to be watched if that is needed. */
uint32_t
ColumnarConnector::foreign_lane( nest::Node& node )
{
  const auto [ found, is_new ] = foreign_lookup_.emplace( &node, static_cast< uint32_t >( foreign_.size() ) );
  if ( is_new )
  {
    foreign_.push_back( &node );
    if ( model_->description().plastic )
    {
      const size_t thread = nest::kernel().vp_manager.get_thread_id();
      if ( not mirror_ )
      {
        mirror_ = std::make_unique< Mirror >( thread, foreign_lookup_ );
      }
      follow( node, thread );
      mirror_->add( node, reached_step(), model_->description().has_post );
    }
  }
  return found->second;
}

uint16_t
ColumnarConnector::delay_index( const uint32_t steps )
{
  if ( last_delay_ < delay_steps_.size() and delay_steps_[ last_delay_ ] == steps )
  {
    return last_delay_; // most connections are made with the delay of the one before
  }
  const auto found = delay_lookup_.find( steps );
  if ( found != delay_lookup_.end() )
  {
    return last_delay_ = found->second;
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
  const std::vector< double >& row,
  const long label )
{
  const uint32_t k = target_of( target, rport );
  const uint16_t d = delay_index( delay_steps );
  const size_t n = size();
  if ( n == indexed_ )
  {
    since_ = reached_step();
  }
  const bool ours = targets_[ k ].block;
  const uint32_t lane =
    ours ? static_cast< uint32_t >( static_cast< Shell& >( target ).lane() ) : foreign_lane( target );
  places_.push_back( lane, d );
  if ( ours and model_->description().has_post )
  {
    targets_[ k ].block->past().begin( lane, reached_step() );
  }
  kind_.push_back( static_cast< uint16_t >( k ) );

  for ( size_t c = 0; c < row.size(); ++c )
  {
    append( columns_[ c ], row[ c ] );
  }
  if ( past_ > 0 )
  {
    forget_bindings(); // the past that is needed may be longer
  }
  for ( size_t c = row.size(); c < columns_.size(); ++c )
  {
    append( columns_[ c ], 0.0 ); // variables were 0 before their connection was made
  }
  append( label_, static_cast< double >( label ) );
  append( ahead_, 0.0 );
}

/* Give a variable of the newest connection its value. */
void
ColumnarConnector::append( SynapseColumn& column, const double value )
{
  const size_t before = size() - 1;
  switch ( column.mode )
  {
  case SynapseColumn::Mode::uniform:
    if ( before == 0 )
    {
      column.uniform = value;
    }
    else if ( not is_same( column.uniform, value ) )
    {
      column.mode = SynapseColumn::Mode::connection;
      column.values.assign( before, column.uniform );
      column.values.push_back( value );
    }
    break;
  case SynapseColumn::Mode::source:
    if ( column.tail.empty() and not is_same( value, column.uniform ) )
    {
      column.tail.assign( before - indexed_, column.uniform );
    }
    if ( not column.tail.empty() or not is_same( value, column.uniform ) )
    {
      column.tail.push_back( value );
    }
    break;
  case SynapseColumn::Mode::connection:
    column.values.push_back( value );
    break;
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
    const bool same = not seen or is_same( v, common );
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
    return model_->description().variables[ c ].is_parameter() and agree( column, agrees );
  }
}

/* Whether a test holds for the values of all connections, apart from those that are removed and still in their place. */
template < typename Test >
bool
ColumnarConnector::agree( const SynapseColumn& column, Test test ) const
{
  auto from = column.values.begin();
  for ( const size_t removed : disabled_ )
  {
    const auto to = column.values.begin() + static_cast< long >( removed );
    if ( not std::all_of( from, to, test ) )
    {
      return false;
    }
    from = to + 1;
  }
  return std::all_of( from, column.values.end(), test );
}

void
ColumnarConnector::set_common( const size_t c, const double v )
{
  columns_[ c ].uniform = v;
}

// --- values ------------------------------------------------------------------------------------------

uint32_t
ColumnarConnector::kind( const size_t lcid ) const
{
  return lcid < indexed_ ? runs_[ run_of( lcid ) ].kind : kind_[ lcid - indexed_ ];
}

nest::Node&
ColumnarConnector::node( const size_t lcid ) const
{
  Block* const block = targets_[ kind( lcid ) ].block;
  const uint32_t lane = places_.lane( lcid );
  return block ? static_cast< nest::Node& >( block->nodes()[ lane ] ) : *foreign_[ lane ];
}

/* The number of the target's receptor. */
size_t
ColumnarConnector::receptor( const size_t lcid ) const
{
  const Target& target = targets_[ kind( lcid ) ];
  if ( not target.block or not Receptor::is_route( target.rport ) )
  {
    return target.rport; // NEST's own, or of a device that records or sends currents
  }
  return static_cast< size_t >( target.block->receptors().layout( places_.lane( lcid ) ).number( target.rport ) );
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
    return lcid < indexed_ ? column.values[ runs_[ run_of( lcid ) ].segment ] : column.start( lcid - indexed_ );
  default:
    return column.values[ lcid ];
  }
}

double
ColumnarConnector::weight( const size_t lcid ) const
{
  const SynapseDescription& description = model_->description();
  return number_in( description.variables[ description.weight ].type, value( description.weight, lcid ) );
}

long
ColumnarConnector::label( const size_t lcid ) const
{
  const bool own = label_.mode == SynapseColumn::Mode::connection;
  return static_cast< long >( own ? label_.values[ lcid ] : label_.uniform );
}

void
ColumnarConnector::set_label( const size_t lcid, const long label )
{
  if ( label_.mode == SynapseColumn::Mode::uniform )
  {
    label_.mode = SynapseColumn::Mode::connection;
    label_.values.assign( size(), label_.uniform );
  }
  label_.values[ lcid ] = static_cast< double >( label );
}

void
ColumnarConnector::set_value( const size_t c, const size_t lcid, const double v )
{
  if ( is_same( value( c, lcid ), v ) )
  {
    return;
  }
  SynapseColumn& column = columns_[ c ];
  const Variables& variables = model_->description().variables;
  const bool is_parameter = c < variables.size() and variables[ c ].is_parameter();
  if ( is_parameter and past_ > 0 )
  {
    forget_bindings(); // the past that is needed may be longer
  }
  if ( column.mode == SynapseColumn::Mode::uniform and size() == 1 and is_parameter )
  {
    column.uniform = v;
    return;
  }
  apply_mode( c, SynapseColumn::Mode::connection );
  column.values[ lcid ] = v;
  forget_alike( lcid );
}

} // namespace nestml_jit
