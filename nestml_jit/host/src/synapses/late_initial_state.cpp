#include "synapses/late_initial_state.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "nest/synapse_model.h"
#include "nest/time_slices.h"
#include "neurons/neuron_type.h"
#include "past/replay.h"
#include "values/slots.h"

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

LateInitialState::LateInitialState( const SynapseModel& model,
  ConnectionData& data,
  TargetStates& states,
  ForeignTargets& foreign )
  : model_( model )
  , data_( data )
  , states_( states )
  , foreign_( foreign )
{
}

/* The delivery to a target that can compute states from spikes, or null. */
const BoundDelivery*
LateInitialState::find( const Target& target ) const
{
  const BoundDelivery* const bound =
    target.block() ? states_.attached( target ) : find_delivery( model_.foreign_binding(), model_.get_name() );
  return bound and bound->functions->replay ? bound : nullptr;
}

LateInitialState::Recipe
LateInitialState::recipe( const Target& target ) const
{
  Recipe made;
  made.bound = find( target );
  if ( not made.bound )
  {
    return made;
  }
  const Variables& variables = model_.description().variables;
  for ( const BoundTrace& trace : made.bound->traces )
  {
    if ( not contains( made.bound->moved, trace.name ) and not contains( made.bound->late_states, trace.name ) )
    {
      made.lone.push_back( made.traces.size() );
    }
    made.traces.push_back( variables.find( trace.name ) );
  }
  for ( const std::string& name : made.bound->late_states )
  {
    made.shared.push_back( variables.find( name ) );
  }
  for ( const std::string& name : made.bound->replay )
  {
    made.parameters.push_back( variables.find( name ) );
    const Variables* const theirs = target.block() ? &target.block()->type().variables() : nullptr;
    const size_t moved = theirs ? theirs->find( name + "__for_" + model_.get_name() ) : 0;
    if ( theirs and moved < theirs->size() )
    {
      made.common.emplace_back( made.parameters.back(), moved );
    }
  }
  return made;
}

/* Let connections from number `first` on, onto those targets that are wanted, begin with what postsynaptic spikes have
 * driven so far: that is the neuron's, whoever keeps it. */
template < typename Wanted >
void
LateInitialState::start( const size_t first, Wanted wanted )
{
  std::vector< Recipe > recipes;
  bool any = false;
  for ( size_t kind = 0; kind < data_.targets.size(); ++kind )
  {
    const Target& target = data_.targets[ kind ];
    recipes.push_back( wanted( target ) ? recipe( target ) : Recipe() );
    if ( leaves_all( target, recipes.back() ) )
    {
      recipes.back() = Recipe();
    }
    any = any or recipes.back().bound;
  }
  if ( any and foreign_.mirror() )
  {
    foreign_.mirror()->make_room();
  }
  for ( size_t lcid = first; any and lcid < data_.size(); ++lcid )
  {
    const Recipe& recipe = recipes[ data_.index.kind( lcid ) ];
    if ( recipe.bound )
    {
      start_connection( lcid, recipe );
    }
  }
}

void
LateInitialState::start_new()
{
  if ( data_.index.indexed() < data_.size() )
  {
    start( data_.index.indexed(), []( const Target& ) { return true; } );
  }
}

void
LateInitialState::start_all( const NeuronType* const type )
{
  start(
    0, [ type ]( const Target& target ) { return ( target.block() ? &target.block()->type() : nullptr ) == type; } );
}

/* Say if a connection has the parameters with which its target keeps states. */
bool
LateInitialState::agrees( const size_t lcid, const Recipe& recipe ) const
{
  Block* const block = data_.target( lcid ).block();
  const uint32_t lane = data_.places.lane( lcid );
  return block
    and std::all_of( recipe.common.begin(),
      recipe.common.end(),
      [ & ]( const auto& columns )
      { return is_same( data_.table.value( columns.first, lcid ), block->store().get( columns.second, lane ) ); } );
}

/* Say if a target keeps all that its connections begin with, and all of them have the parameters with which it does:
 * then no connection needs to be looked at by itself. */
bool
LateInitialState::leaves_all( const Target& target, const Recipe& recipe ) const
{
  Block* const block = target.block();
  if ( not recipe.bound or not block or not recipe.lone.empty() or not recipe.shared.empty() )
  {
    return false;
  }
  const auto agree = [ & ]( const std::pair< size_t, size_t >& columns )
  {
    const SynapseColumn& ours = data_.table.columns()[ columns.first ];
    double theirs = 0.0;
    const bool is_one = block->store().column( columns.second ).is_uniform( block->store().lanes(), theirs );
    return is_one and ours.mode == SynapseColumn::Mode::uniform and is_same( ours.uniform, theirs );
  };
  return std::all_of( recipe.common.begin(), recipe.common.end(), agree );
}

void
LateInitialState::start_connection( const size_t lcid, const Recipe& recipe )
{
  Block* const block = data_.target( lcid ).block();
  if ( block and data_.places.lane( lcid ) >= block->past().history().lanes() )
  {
    return;
  }
  if ( not agrees( lcid, recipe ) )
  {
    give( lcid, recipe.traces, replayed( lcid, recipe ) );
    return;
  }
  if ( not recipe.lone.empty() )
  {
    const std::vector< double > values = replayed( lcid, recipe );
    for ( const size_t k : recipe.lone )
    {
      give( lcid, { recipe.traces[ k ] }, { values[ k ] } );
    }
  }
  if ( not recipe.shared.empty() )
  {
    std::vector< double > values = states_.at( *recipe.bound, lcid, INT64_MIN );
    values.erase( values.begin(), values.begin() + static_cast< long >( recipe.bound->moved.size() ) );
    give( lcid, recipe.shared, values );
  }
}

/* Give a connection values of variables that were not set for it. */
void
LateInitialState::give( const size_t lcid, const std::vector< size_t >& columns, const std::vector< double >& values )
{
  for ( size_t k = 0; k < columns.size(); ++k )
  {
    if ( data_.table.is_untouched( columns[ k ], lcid ) )
    {
      data_.table.set_value( columns[ k ], lcid, values[ k ] );
    }
  }
}

/* The states of a new connection that postsynaptic spikes alone drive, with its own parameters. */
std::vector< double >
LateInitialState::replayed( const size_t lcid, const Recipe& recipe )
{
  Block* const block = data_.target( lcid ).block();
  const uint32_t lane = data_.places.lane( lcid );
  const int64_t until = data_.index.since() - static_cast< int64_t >( data_.delay_steps( lcid ) );
  if ( not block )
  {
    foreign_.read( lane, data_.index.since() );
  }
  const History& history = block ? block->past().history() : foreign_.mirror()->history();
  std::vector< double > parameters;
  for ( const size_t c : recipe.parameters )
  {
    parameters.push_back( data_.table.value( c, lcid ) );
  }
  std::vector< double > values = replay( *recipe.bound,
    parameters,
    resolution_ms(),
    history.beginning( lane ).step(),
    spikes_until( history, lane, until ),
    until );
  values.erase( values.begin(), values.end() - static_cast< long >( recipe.traces.size() ) );
  for ( size_t k = 0; not block and k < values.size(); ++k )
  {
    values[ k ] = archived( values[ k ], recipe.bound->traces[ k ], parameters, lane, until );
  }
  return values;
}

/* The value of a trace that one of NEST's neurons keeps, too: it has all of the past. Else the value that was computed. */
double
LateInitialState::archived( const double computed,
  const BoundTrace& trace,
  const std::vector< double >& parameters,
  const uint32_t lane,
  const int64_t step ) const
{
  if ( not trace.archived or trace.initial != 0.0 )
  {
    return computed;
  }
  const double factor = std::exp( -resolution_ms() / parameters[ trace.meaning[ 0 ] ] );
  const double kept = foreign_.mirror()->archived_trace( lane, step, factor );
  return std::isnan( kept ) ? computed : kept;
}

} // namespace nestml_jit
