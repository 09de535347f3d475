#include "synapses/shown_values.h"

#include "nest/errors.h"
#include "nest/reached.h"
#include "nest/time_slices.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

ShownValues::ShownValues( ConnectionData& data,
  LoneAdvance& advance,
  TargetStates& states,
  const ThirdFactorDemand& demand,
  ModulatoryInput& modulation,
  ForeignTargets& foreign )
  : data_( data )
  , advance_( advance )
  , states_( states )
  , demand_( demand )
  , modulation_( modulation )
  , foreign_( foreign )
{
}

/* Say if a volume transmitter has told of times that a connection has not passed. Spikes of the last slice before are
 * delivered only after it has: of these the connection keeps its state, as NEST's own does. */
bool
ShownValues::lags( const size_t lcid ) const
{
  const int64_t told = modulation_.told();
  return modulation_.is_told() and advance_.can_pass( lcid ) and not advance_.is_done( lcid, told )
    and data_.index.segment( data_.index.run( lcid ) ).t_told < told;
}

bool
ShownValues::is_stored( const size_t column ) const
{
  const Variable& variable = data_.table.description().variables[ column ];
  if ( variable.is_parameter() )
  {
    return true;
  }
  const bool passes_time = host_state().showing_now or modulation_.is_told();
  return variable.kind != Kind::internal and not passes_time and not states_.keeps( column );
}

/* Presynaptic spikes of the slice that is not delivered yet come too late for what is set. */
void
ShownValues::catch_up( const size_t lcid )
{
  if ( lags( lcid ) )
  {
    advance_.bring( lcid, modulation_.due(), modulation_.told() );
  }
}

int64_t
ShownValues::settle( const size_t lcid, std::vector< double >& row )
{
  data_.table.read( lcid, row );
  if ( not lags( lcid ) )
  {
    return INT64_MIN;
  }
  LoneConnection connection = advance_.copy( lcid, modulation_.due() );
  const bool settles = advance_.pass( connection, modulation_.due(), modulation_.told() );
  connection.put( row );
  return settles ? modulation_.told() : modulation_.due();
}

void
ShownValues::show( const size_t lcid, std::vector< double >& row )
{
  const Mirror::Watch watch( foreign_.mirror() );
  const int64_t step = settle( lcid, row );
  raise_failure( lcid );
  finish( lcid, row, step );
}

void
ShownValues::show_now( const size_t lcid, std::vector< double >& row )
{
  show( lcid, row );
  if ( not advance_.can_pass( lcid ) )
  {
    return;
  }
  const Mirror::Watch watch( foreign_.mirror() );
  const int64_t now = reached_step();
  modulation_.take();
  LoneConnection connection = advance_.copy( lcid, now );
  advance_.hear( connection, data_.index.segment( data_.index.run( lcid ) ).t_unheard );
  advance_.pass( connection, now, now );
  raise_failure( lcid );
  advance_.pass_sources( connection );
  connection.put( row );
  finish( lcid, row, now );
}

/* Put what targets keep for a connection into a row, and what follows from the other variables. */
void
ShownValues::finish( const size_t lcid, std::vector< double >& row, const int64_t step )
{
  states_.show( lcid, row, step );
  data_.table.description().variables.refresh_internals( row.data() );
}

/* Tell who looks at a connection what went wrong while time passed for it. */
void
ShownValues::raise_failure( const size_t lcid )
{
  Block* const block = data_.target( lcid ).block();
  Mirror* const mirror = foreign_.mirror();
  const std::string text = block ? block->failure().take() : mirror ? mirror->take_failure() : "";
  if ( not text.empty() )
  {
    throw_kernel_exception( text );
  }
}

/* Say if a connection reads third factors of times between presynaptic spikes. */
bool
ShownValues::reads_signals( const size_t lcid ) const
{
  const Target& target = data_.target( lcid );
  const bool can_pass = target.block() and advance_.can_pass( lcid );
  return can_pass and demand_.reads_between( *target.block() );
}

/* What has reached the connection before arrived with the old delay: of third factors just the values of these times are
 * kept, so that all that is known to act on it does so now. */
void
ShownValues::set_delay( const size_t lcid, const uint32_t steps )
{
  if ( steps != data_.delay_steps( lcid ) and reads_signals( lcid ) )
  {
    const int64_t known = slice_origin() - min_delay_steps();
    if ( not advance_.is_done( lcid, known ) )
    {
      modulation_.take();
      advance_.bring( lcid, known, INT64_MIN );
    }
  }
  data_.places.set_delay( lcid, data_.delays.index_of( steps ) );
  data_.index.forget_alike( lcid );
}

} // namespace nestml_jit
