#include "signals/third_factors.h"

#include <bit>
#include <sstream>

#include "host_state.h"
#include "nest/messages.h"
#include "nest/reached.h"
#include "nest/time_slices.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

namespace
{

/* How many steps all neurons' values lie at hand: a few slices, which presynaptic spikes need to be delivered, and more
 * if synapses read values from between them. That costs memory, but fewer cost time: connections that are further behind
 * are looked for each time the ring is full. */
size_t
steps_at_hand( const Binding& binding )
{
  constexpr uint64_t steps_per_entry = 16, most = uint64_t( 1 ) << 14;
  const auto slices = static_cast< uint64_t >( 4 * min_delay_steps() );
  const bool between = std::any_of( binding.deliveries.begin(),
    binding.deliveries.end(),
    []( const auto& delivery ) { return delivery.second.flush; } );
  return std::bit_ceil(
    std::max( slices, between ? std::min( steps_per_entry * host_state().history_limit, most ) : 0 ) );
}

} // namespace

ThirdFactors::ThirdFactors( const NeuronType& type,
  const Block& block,
  const Store& store,
  const History& history,
  const PastReaders& readers,
  NjBlock& nj )
  : type_( type )
  , block_( block )
  , store_( store )
  , history_( history )
  , readers_( readers )
  , nj_( nj )
{
}

void
ThirdFactors::fit()
{
  const Binding& binding = *type_.binding();
  if ( binding.signals.empty() )
  {
    nj_.signal = nullptr;
    return;
  }
  const int64_t now = reached_step();
  stand_still( now );
  const size_t steps = std::max( steps_at_hand( binding ), signals_.steps() );
  const bool are_others = signals_.fit( binding.signals,
    steps,
    nj_.lane_stride,
    now,
    [ this ]( const std::string& name, const size_t lane ) { return initial( name, lane ); } );
  if ( are_others )
  {
    SignalDemand wanted = demand( now );
    signals_.collect(
      wanted,
      [ this ]( const size_t lane, const int64_t after, std::vector< int64_t >& found )
      { append_spikes( lane, after, found ); },
      [ & ]( const size_t k, const size_t lane ) { return initial( binding.signals[ k ], lane ); } );
  }
  signals_.show( nj_ );
}

/* What a signal was before the first step. */
double
ThirdFactors::initial( const std::string& name, const size_t lane ) const
{
  const size_t column = type_.variables().find( name );
  return column < store_.columns() and lane < store_.lanes() ? store_.get( column, lane ) : 0.0;
}

/* What connections that are not up to date at step `until` may still ask for. */
SignalDemand
ThirdFactors::demand( const int64_t until ) const
{
  return readers_.signal_demand( block_, nj_.lane_stride, until );
}

/* Append a lane's spikes after a step to an array. */
void
ThirdFactors::append_spikes( const size_t lane, const int64_t after, std::vector< int64_t >& steps ) const
{
  if ( nj_.history and lane < history_.lanes() )
  {
    append_spikes_after( history_, lane, after, steps );
  }
}

/* Keep what connections may still ask for of the steps up to `until`, up to which all spikes are known. */
void
ThirdFactors::keep( const int64_t until )
{
  SignalDemand wanted = demand( until );
  signals_.keep( wanted,
    until,
    [ this ]( const size_t lane, const int64_t after, std::vector< int64_t >& steps )
    { append_spikes( lane, after, steps ); } );
  warn( wanted );
}

void
ThirdFactors::make_room( const int64_t from, const int64_t to )
{
  if ( nj_.signal )
  {
    stand_still( nj_.origin + from );
    if ( signals_.is_full( nj_.origin + to ) )
    {
      keep( nj_.origin );
    }
    signals_.write( nj_.origin + to );
    signals_.show( nj_ );
  }
}

/* In steps in which NEST leaves all neurons alone, since they are frozen, they keep their values. */
void
ThirdFactors::stand_still( const int64_t until )
{
  while ( signals_.steps() > 0 and signals_.written() < until )
  {
    const int64_t next = std::min( until, signals_.written() + static_cast< int64_t >( signals_.steps() / 2 ) );
    if ( signals_.is_full( next ) )
    {
      keep( signals_.written() );
    }
    signals_.repeat( next );
  }
}

void
ThirdFactors::hold( const std::vector< uint32_t >& lanes, const uint32_t from, const uint32_t to )
{
  const size_t width = nj_.signal ? type_.binding()->signals.size() : 0;
  const auto row = [ & ]( const uint32_t lag )
  { return nj_.signal + ( ( nj_.origin + lag ) & ( nj_.signal_steps - 1 ) ) * width * nj_.lane_stride; };
  for ( uint32_t lag = from; width and lag < to; ++lag )
  {
    for ( size_t k = 0; k < width; ++k )
    {
      for ( const uint32_t lane : lanes )
      {
        row( lag + 1 )[ k * nj_.lane_stride + lane ] = row( lag )[ k * nj_.lane_stride + lane ];
      }
    }
  }
}

/* Tell the user if all that takes much memory. */
void
ThirdFactors::warn( const SignalDemand& demand ) const
{
  if ( demand.is_empty() or not host_state().signal_budget.is_to_be_reported() )
  {
    return;
  }
  const SignalDemand::Source& source = demand.oldest();
  const double since = static_cast< double >( source.since ) * nj_.h;
  std::ostringstream text;
  text << "What synapses may still ask of the past of their third factors takes "
       << std::max< int64_t >( 1, host_state().signal_budget.bytes() >> 20 )
       << " MiB, and grows. Synapses of the model '" << source.synapse << "' read "
       << ( source.every_step ? "them in every step" : "them at spikes" ) << ", and the source of some of them, node "
       << source.node_id << ", has not spiked after " << since << " ms, so that what came then cannot be forgotten. "
       << ( source.every_step ? "Move what filters the third factor to the neuron model, read it in handlers of spikes "
                                "only, or let all sources spike now and then."
                              : "Let all sources spike now and then, or connect fewer silent ones." );
  print( 2, "The neuron model '" + type_.name() + "'", text.str().c_str() );
}

} // namespace nestml_jit
