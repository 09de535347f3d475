/* What connections that are made late begin with: postsynaptic spikes have driven it all the time. */
#include "synapses/connector.h"

#include <algorithm>
#include <limits>

#include "nest/synapse_model.h"
#include "past/replay.h"

namespace nestml_jit
{

namespace
{

bool
contains( const std::vector< std::string >& names, const std::string& name )
{
  return std::find( names.begin(), names.end(), name ) != names.end();
}

} // namespace

/* How connections of a target get what they begin with. */
struct ColumnarConnector::Seeding
{
  const BoundDelivery* bound = nullptr;
  std::vector< size_t > traces;     /* our column of each state that can be computed */
  std::vector< size_t > lone;       /* numbers of those that the target keeps in no form */
  std::vector< size_t > seeds;      /* our column of each that the target keeps, where connections keep it, too */
  std::vector< size_t > parameters; /* our column of each parameter of the former */
  std::vector< std::pair< size_t, size_t > > common; /* our column and the target's of parameters that both have */
};

ColumnarConnector::Seeding
ColumnarConnector::seeding( const Target& target ) const
{
  Seeding found;
  if ( target.block )
  {
    found.bound = attached( target );
  }
  else if ( const Binding* const binding = model_->foreign_binding() )
  {
    const auto delivery = binding->deliveries.find( model_->get_name() );
    found.bound = delivery == binding->deliveries.end() ? nullptr : &delivery->second;
  }
  if ( not found.bound or not found.bound->functions->replay )
  {
    return Seeding();
  }
  const Variables& ours = model_->description().variables;
  for ( const BoundTrace& trace : found.bound->traces )
  {
    if ( not contains( found.bound->moved, trace.name ) and not contains( found.bound->seeds, trace.name ) )
    {
      found.lone.push_back( found.traces.size() );
    }
    found.traces.push_back( ours.find( trace.name ) );
  }
  for ( const std::string& name : found.bound->seeds )
  {
    found.seeds.push_back( ours.find( name ) );
  }
  for ( const std::string& name : found.bound->replay )
  {
    found.parameters.push_back( ours.find( name ) );
    const Variables* const theirs = target.block ? &target.block->type().variables() : nullptr;
    const size_t moved = theirs ? theirs->find( name + "__for_" + model_->get_name() ) : 0;
    if ( theirs and moved < theirs->size() )
    {
      found.common.emplace_back( found.parameters.back(), moved );
    }
  }
  return found;
}

/* Let connections from number `first` on begin with what postsynaptic spikes have driven so far: that is the
 * neuron's, whoever keeps it. */
template < typename Wanted >
void
ColumnarConnector::seed( const size_t first, Wanted wanted )
{
  std::vector< Seeding > seedings;
  bool any = false;
  for ( const Target& target : targets_ )
  {
    seedings.push_back( wanted( target ) ? seeding( target ) : Seeding() );
    any = any or seedings.back().bound;
  }
  if ( any and mirror_ )
  {
    mirror_->make_room();
  }
  for ( size_t lcid = first; any and lcid < size(); ++lcid )
  {
    if ( seedings[ kind( lcid ) ].bound )
    {
      seed_connection( lcid, seedings[ kind( lcid ) ] );
    }
  }
}

void
ColumnarConnector::seed_known()
{
  if ( indexed_ < size() )
  {
    seed( indexed_, []( const Target& ) { return true; } );
  }
}

void
ColumnarConnector::seed_all( const NeuronType* const type )
{
  seed( 0, [ type ]( const Target& target ) { return ( target.block ? &target.block->type() : nullptr ) == type; } );
}

void
ColumnarConnector::seed_connection( const size_t lcid, const Seeding& seeding )
{
  Block* const block = targets_[ kind( lcid ) ].block;
  const uint32_t lane = places_.lane( lcid );
  if ( block and lane >= block->past().history().lanes() )
  {
    return;
  }
  const bool agrees = block
    and std::all_of( seeding.common.begin(),
      seeding.common.end(),
      [ & ]( const auto& columns )
      { return is_same( value( columns.first, lcid ), block->store().get( columns.second, lane ) ); } );
  if ( not agrees )
  {
    give( lcid, seeding.traces, replayed( lcid, seeding ) );
    return;
  }
  if ( not seeding.lone.empty() )
  {
    const std::vector< double > values = replayed( lcid, seeding );
    for ( const size_t k : seeding.lone )
    {
      give( lcid, { seeding.traces[ k ] }, { values[ k ] } );
    }
  }
  if ( not seeding.seeds.empty() )
  {
    std::vector< double > values = look_at( *seeding.bound, lcid, INT64_MIN );
    values.erase( values.begin(), values.begin() + static_cast< long >( seeding.bound->moved.size() ) );
    give( lcid, seeding.seeds, values );
  }
}

/* Give a connection values of variables that were not set for it. */
void
ColumnarConnector::give( const size_t lcid, const std::vector< size_t >& columns, const std::vector< double >& values )
{
  for ( size_t k = 0; k < columns.size(); ++k )
  {
    if ( is_untouched( columns[ k ], lcid ) )
    {
      set_value( columns[ k ], lcid, values[ k ] );
    }
  }
}

/* The states of a new connection that postsynaptic spikes alone drive, with its own parameters. */
std::vector< double >
ColumnarConnector::replayed( const size_t lcid, const Seeding& seeding )
{
  const Target& target = targets_[ kind( lcid ) ];
  const uint32_t lane = places_.lane( lcid );
  const int64_t until = since_ - static_cast< int64_t >( delay_steps_[ places_.delay( lcid ) ] );
  if ( not target.block )
  {
    mirror_->read( lane, since_, [ & ] { return reader_->oldest_needed(); } );
  }
  const double h = nest::Time::get_resolution().get_ms();
  const History& history = target.block ? target.block->past().history() : mirror_->history();
  std::vector< double > parameters;
  for ( const size_t c : seeding.parameters )
  {
    parameters.push_back( value( c, lcid ) );
  }
  std::vector< double > values = replay(
    *seeding.bound, parameters, h, history.beginning( lane ).step(), spikes_until( history, lane, until ), until );
  values.erase( values.begin(), values.end() - static_cast< long >( seeding.traces.size() ) );
  for ( size_t k = 0; not target.block and k < values.size(); ++k )
  {
    take_archived( values[ k ], seeding, k, parameters, lane, until );
  }
  return values;
}

/* Take over a trace that one of NEST's neurons keeps, if ours is the same: it has all of the past. */
void
ColumnarConnector::take_archived( double& trace_value,
  const Seeding& seeding,
  const size_t k,
  const std::vector< double >& parameters,
  const uint32_t lane,
  const int64_t step ) const
{
  const BoundTrace& trace = seeding.bound->traces[ k ];
  if ( not trace.archived or trace.initial != 0.0 )
  {
    return;
  }
  const double h = nest::Time::get_resolution().get_ms();
  const double kept = mirror_->archived_trace( lane, step, std::exp( -h / parameters[ trace.meaning[ 0 ] ] ) );
  trace_value = std::isnan( kept ) ? trace_value : kept;
}

} // namespace nestml_jit
