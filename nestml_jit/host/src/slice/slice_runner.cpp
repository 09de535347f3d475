#include "slice/slice_runner.h"

#include <algorithm>
#include <utility>

#include "nest/device_rows.h"
#include "nest/failures.h"
#include "nest/interrupt.h"
#include "nest/shell.h"
#include "neurons/neuron_type.h"
#include "values/texts.h"

namespace nestml_jit
{

SliceRunner::SliceRunner( const NeuronType& type,
  const Nodes& nodes,
  const Store& store,
  KernelTiles& tiles,
  InputRing& input,
  GeneratedRows& generated,
  DelayLine& delay_line,
  PastReaders& readers,
  NeuronPast& past,
  ThirdFactors& factors,
  SpikeBuffer& spikes,
  FirstFailure& failure,
  NjBlock& nj )
  : type_( type )
  , nodes_( nodes )
  , store_( store )
  , tiles_( tiles )
  , input_( input )
  , generated_( generated )
  , readers_( readers )
  , past_( past )
  , factors_( factors )
  , spikes_( spikes )
  , failure_( failure )
  , nj_( nj )
  , relaxation_( nodes, tiles, input, delay_line, nj )
{
}

void
SliceRunner::fit()
{
  last_origin_ = -1;
  last_from_ = -1;
  tables_are_stale_ = true;
  frozen_.refresh();
  readers_.refresh();
  relaxation_.fit();
}

/* Let all input of the slice arrive, and let the kernel know which slice this is. */
void
SliceRunner::begin( const int64_t origin, const long from )
{
  if ( from == 0 )
  {
    readers_.emit_until( origin );
  }
  nj_.origin = origin;
  input_.begin_slice( origin );
}

void
SliceRunner::update( const int64_t origin, const long from, const long to )
{
  end_if_interrupted( from, to );
  last_origin_ = origin;
  last_from_ = from;
  begin( origin, from );
  frozen_.find( nodes_ );
  if ( std::exchange( tables_are_stale_, false ) and not relaxation_.is_needed() )
  {
    empty_secondary_rows( nodes_.thread(), nodes_.ids() );
  }
  factors_.make_room( from, to );
  generated_.begin_slice( origin, from, to );
  for ( size_t t = 0; t < tiles_.size(); ++t )
  {
    Texts::rest();
    generated_.generate( t, static_cast< uint32_t >( from ), static_cast< uint32_t >( to ), input_ );
    advance( t, static_cast< uint32_t >( from ), static_cast< uint32_t >( to ) );
  }
  end_if_failed();
  recorded_spikes_.record( spikes_.all(), nodes_, origin, from );
  spikes_.send( nodes_, origin, input_.lags() );
  if ( relaxation_.is_needed() )
  {
    relaxation_.end_slice( from, to, store_, type_.description().potential );
  }
}

bool
SliceRunner::relax( const int64_t origin, const long from, const long to )
{
  if ( not relaxation_.is_needed() )
  {
    return true;
  }
  begin( origin, from );
  relaxation_.try_slice( from, to );
  end_if_failed();
  return relaxation_.send_trajectories( from, to );
}

/* End the simulation if some neuron cannot be integrated. */
void
SliceRunner::end_if_failed()
{
  if ( failure_.is_noted() )
  {
    stop_simulation( failure_.take() );
  }
}

/* Advance a tile over steps of the slice. Most tiles are handed to the kernel as they are. */
void
SliceRunner::advance( const size_t t, const uint32_t from, const uint32_t to )
{
  if ( frozen_.are_in( t ) )
  {
    advance_frozen( t, from, to );
  }
  else
  {
    advance_all( t, from, to );
  }
}

/* Advance all lanes of a tile. */
void
SliceRunner::advance_all( const size_t t, const uint32_t from, const uint32_t to )
{
  if ( recorded_.are_in( t ) )
  {
    advance_recorded( t, from, to );
  }
  else
  {
    tiles_.advance( nj_, t, from, to );
  }
}

/* Advance a tile some lanes of which must not change and not spike: kernels know nothing of it, so that these lanes go
 * along, and everything is given back afterwards. What arrives at them stays in the ring, as with NEST's neurons. */
void
SliceRunner::advance_frozen( const size_t t, const uint32_t from, const uint32_t to )
{
  const std::vector< uint32_t >& lanes = frozen_.of( t );
  SavedValues saved;
  input_.hold( lanes, from, to, saved );
  tiles_.save_states( t, lanes, saved );
  const size_t spikes = spikes_.size();
  advance_all( t, from, to );
  saved.give_back();
  past_.forget_after( lanes, nj_.origin + from );
  spikes_.drop( spikes, lanes );
  factors_.hold( lanes, from, to );
}

/* Advance a tile from one step at which samples are due to the next one. */
void
SliceRunner::advance_recorded( const size_t t, const uint32_t from, const uint32_t to )
{
  for ( int64_t lag = from; lag < to; )
  {
    const int64_t due = recorded_.next( t, nj_.origin + lag );
    const int64_t end = std::min< int64_t >( to, due - nj_.origin );
    tiles_.advance( nj_, t, static_cast< uint32_t >( lag ), static_cast< uint32_t >( end ) );
    if ( nj_.origin + end == due )
    {
      sample( t, due );
    }
    lag = end;
  }
}

/* Let multimeters read what a tile's lanes have at the end of a step. */
void
SliceRunner::sample( const size_t t, const int64_t step )
{
  if ( nj_.history and past_.recall( t, step ) )
  {
    tiles_.repoint( t );
  }
  recorded_.reach( step );
  for ( const TileSampler& sampler : recorded_.samplers( t ) )
  {
    sampler.sample( step, store_, type_.variables(), nodes_ );
    if ( frozen_.are_in( t ) )
    {
      sampler.leave_out( step, frozen_.of( t ) );
    }
  }
  for ( RecordedLanes::Recorded& recorded : recorded_.of( t ) )
  {
    for ( size_t i = 0; not nodes_.is_idle( recorded.lane ) and i < recorded.loggers.size(); ++i )
    {
      recorded.loggers[ i ].record( step - 1 );
    }
  }
}

} // namespace nestml_jit
