/* What users and NEST see of connections: their variables, ends and numbers. */
#include "synapses/connector.h"

#include <algorithm>
#include <cassert>

#include "delay_checker.h"
#include "kernel_manager.h"
#include "nest_names.h"
#include "source_table.h"

#include "nest/shell.h"
#include "nest/synapse_model.h"

namespace nestml_jit
{

bool&
showing_now()
{
  static bool value = false;
  return value;
}

/* The delivery to targets of ours; null if none is attached, or not fitted yet. */
const BoundDelivery*
ColumnarConnector::attached( const Target& target ) const
{
  if ( not target.block or not target.block->past().is_fitted() or not target.block->nj().history )
  {
    return nullptr;
  }
  const auto& deliveries = target.block->type().binding()->deliveries;
  const auto found = deliveries.find( model_->get_name() );
  return found == deliveries.end() ? nullptr : &found->second;
}

/* The same for targets that keep something of connections. */
const BoundDelivery*
ColumnarConnector::keeping( const Target& target ) const
{
  const BoundDelivery* const found = attached( target );
  return found and found->functions->look ? found : nullptr;
}

/* What the target keeps for a connection, moved states and seeds, as it was when the connection was last up
 * to date, or at a later step. */
std::vector< double >
ColumnarConnector::look_at( const BoundDelivery& bound, const size_t lcid, const int64_t step )
{
  Block& block = *targets_[ kind( lcid ) ].block;
  NjDelivery delivery {};
  delivery.block = &block.nj();
  delivery.delay_steps = delay_steps_.data();
  delivery.scalar = bound.scalars.data();
  delivery.scratch = bound.scratch.data();
  const int64_t done_step = lcid < indexed_ ? done( runs_[ run_of( lcid ) ], lcid ) : since_;
  const int64_t when = std::max( done_step, step );
  const uint32_t lane = places_.lane( lcid );
  const uint16_t delay = places_.delay( lcid );
  const NjRun view { &lane, &delay, nullptr, 1, when, when, 0 };
  const int64_t there = when - static_cast< int64_t >( delay_steps_[ delay ] );
  if ( not block.past().history().reaches( lane, there ) )
  {
    recollection_.recall( block.nj(), block.past().history(), &lane, 1, there );
    delivery.block = &recollection_.block();
  }
  std::vector< double > values( bound.moved.size() + bound.seeds.size() );
  bound.functions->look( &delivery, &view, 0, values.data() );
  return values;
}

/* Whether a variable was not set for a connection. */
bool
ColumnarConnector::is_untouched( const size_t c, const size_t lcid ) const
{
  return columns_[ c ].mode != SynapseColumn::Mode::connection
    or is_same( columns_[ c ].values[ lcid ], columns_[ c ].uniform );
}

/* Put the states that the target keeps for a connection into a row of its variables: their values when
 * the connection was last up to date, or at a later step. False if the target keeps none. */
bool
ColumnarConnector::look( const size_t lcid, std::vector< double >& row, const int64_t step )
{
  const Target& target = targets_[ kind( lcid ) ];
  const BoundDelivery* const bound = keeping( target );
  if ( not bound or places_.lane( lcid ) >= target.block->past().history().lanes() )
  {
    return false;
  }
  const std::vector< double > values = look_at( *bound, lcid, step );
  for ( size_t m = 0; m < bound->moved.size(); ++m )
  {
    const size_t c = model_->description().variables.find( bound->moved[ m ] );
    if ( is_untouched( c, lcid ) )
    {
      row[ c ] = values[ m ];
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
  for ( size_t lcid = 0; not back.empty() and lcid < size(); ++lcid )
  {
    Block* const block = targets_[ kind( lcid ) ].block;
    if ( block and &block->type() == &type and look( lcid, row, INT64_MIN ) )
    {
      for ( const size_t c : back )
      {
        if ( is_untouched( c, lcid ) )
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
  auto& self = *const_cast< ColumnarConnector* >( this ); // with memory to work in
  showing_now() ? self.show_now( lcid, row ) : self.show( lcid, row );
  model_->write( row, nest::Time::delay_steps_to_ms( delay_steps_[ places_.delay( lcid ) ] ), d );
  size_t bytes = places_.bytes();
  for ( const SynapseColumn& column : columns_ )
  {
    bytes += column.mode == SynapseColumn::Mode::connection ? sizeof( double ) : 0;
  }
  if ( model_->is_labelled() )
  {
    d[ nest::names::synapse_label ] = label( lcid );
    bytes += label_.mode == SynapseColumn::Mode::connection ? sizeof( double ) : 0;
  }
  d[ nest::names::size_of ] = static_cast< long >( bytes );
  d[ nest::names::rport ] = static_cast< long >( receptor( lcid ) );
  d[ nest::names::target ] = static_cast< long >( node( lcid ).get_node_id() );
}

void
ColumnarConnector::set_synapse_status( const size_t lcid, const Dictionary& d, nest::ConnectorModel& )
{
  std::vector< double > row( columns_.size() );
  settle( lcid, row );
  model_->check_synapse_params( d );
  double delay = nest::Time::delay_steps_to_ms( delay_steps_[ places_.delay( lcid ) ] );
  std::vector< bool > given;
  const bool delay_given = model_->read( d, row, delay, given );
  if ( delay_given )
  {
    nest::kernel().connection_manager.get_delay_checker().assert_valid_delay_ms( delay );
  }
  long new_label = label( lcid );
  const bool label_given = model_->read_label( d, new_label );
  d.all_entries_accessed( "connection.set()", "params" );
  if ( checking() )
  {
    return;
  }
  catch_up( lcid );
  const Variables& variables = model_->description().variables;
  for ( size_t c = 0; c < variables.size(); ++c )
  {
    if ( variables[ c ].is_settable() and not variables[ c ].common )
    {
      set_value( c, lcid, row[ c ] );
    }
  }
  if ( label_given )
  {
    set_label( lcid, new_label );
  }
  if ( delay_given )
  {
    set_delay( lcid, delay );
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
  const bool other_label = synapse_label != nest::UNLABELED_CONNECTION and label( lcid ) != synapse_label;
  if ( other_label or disabled_.count( lcid ) )
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
  if ( start_lcid >= indexed_ )
  {
    return; // NEST asks for connections that it has sorted
  }
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
  if ( start_lcid >= indexed_ )
  {
    return nest::invalid_index; // as above
  }
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
  split_ = false;
}

} // namespace nestml_jit
