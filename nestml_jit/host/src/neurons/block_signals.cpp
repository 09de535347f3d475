/* Third factors: values of a block's neurons that synapses may ask for later. */
#include "neurons/block.h"

#include <algorithm>
#include <bit>
#include <sstream>

#include "kernel_manager.h"

#include "nest/messages.h"
#include "nest/reached.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

namespace
{

/* How many steps all neurons' values lie at hand: a few slices, which presynaptic spikes need to be delivered, and more
 * if somebody reads values from between them. That costs memory, but fewer cost time: connections that are further behind
 * are looked for each time the ring is full. */
size_t
steps_at_hand( const Binding& binding )
{
  constexpr uint64_t steps_per_entry = 16, most = uint64_t( 1 ) << 14;
  const auto slices = static_cast< uint64_t >( 4 * nest::kernel().connection_manager.get_min_delay() );
  const bool between = std::any_of( binding.deliveries.begin(),
    binding.deliveries.end(),
    []( const auto& delivery ) { return delivery.second.flush; } );
  return std::bit_ceil( std::max( slices, between ? std::min( steps_per_entry * history_limit(), most ) : 0 ) );
}

} // namespace

/* Make room for the values that synapses read. */
void
Block::fit_signals()
{
  const Binding& binding = *type_.binding();
  if ( binding.signals.empty() )
  {
    nj_.signal = nullptr;
    return;
  }
  const int64_t now = reached_step();
  stand_still( now );
  const auto initial = [ & ]( const std::string& name, const size_t lane )
  {
    const size_t column = type_.variables().find( name );
    return column < store_.columns() and lane < store_.lanes() ? store_.get( column, lane ) : 0.0;
  };
  const size_t steps = std::max( steps_at_hand( binding ), signals_.steps() );
  if ( signals_.fit( binding.signals, steps, nj_.lane_stride, now, initial ) )
  {
    SignalDemand demand = signal_demand( now );
    signals_.collect( demand,
      spikes_after(),
      [ & ]( const size_t k, const size_t lane ) { return initial( binding.signals[ k ], lane ); } );
  }
  point_to_signals();
}

void
Block::point_to_signals()
{
  nj_.signal = signals_.data();
  nj_.signal_steps = signals_.steps();
  nj_.signal_first = signals_.first();
  nj_.signal_kept = signals_.kept();
}

const std::map< std::string, BoundDelivery >&
Block::bound_deliveries() const
{
  static const std::map< std::string, BoundDelivery > none;
  return type_binding() ? type_binding()->deliveries : none;
}

/* What appends a lane's spikes after a step to an array. */
std::function< void( size_t, int64_t, std::vector< int64_t >& ) >
Block::spikes_after() const
{
  return [ this ]( const size_t lane, const int64_t step, std::vector< int64_t >& steps )
  {
    if ( nj_.history and lane < history_.lanes() )
    {
      history_.append_spikes_after( lane, step, steps );
    }
  };
}

/* What connections that are not up to date at step `until` may still ask for. */
SignalDemand
Block::signal_demand( const int64_t until ) const
{
  SignalDemand demand( nj_.lane_stride, until );
  for ( const auto& reader : readers_ )
  {
    if ( const auto alive = reader.lock() )
    {
      alive->ask_signals( *this, demand );
    }
  }
  return demand;
}

/* Keep what somebody may still ask for of the steps up to `until`, up to which all spikes are known. */
void
Block::keep_signals( const int64_t until )
{
  SignalDemand demand = signal_demand( until );
  signals_.keep( demand, until, spikes_after() );
  watch_signals( demand );
}

/* Before steps `from` to `to` of the slice: keep what they would overwrite, if that is still needed. */
void
Block::make_room_for_signals( const int64_t from, const int64_t to )
{
  if ( nj_.signal )
  {
    stand_still( nj_.origin + from );
    if ( signals_.is_full( nj_.origin + to ) )
    {
      keep_signals( nj_.origin );
    }
    signals_.write( nj_.origin + to );
    point_to_signals();
  }
}

/* In steps in which NEST leaves all neurons alone, since they are frozen, they keep their values. */
void
Block::stand_still( const int64_t until )
{
  while ( signals_.steps() > 0 and signals_.written() < until )
  {
    const int64_t next = std::min( until, signals_.written() + static_cast< int64_t >( signals_.steps() / 2 ) );
    if ( signals_.is_full( next ) )
    {
      keep_signals( signals_.written() );
    }
    signals_.repeat( next );
  }
}

/* Tell the user if all that takes much memory. */
void
Block::watch_signals( const SignalDemand& demand ) const
{
  if ( demand.is_empty() or not SignalBudget::get().is_to_be_reported() )
  {
    return;
  }
  const SignalDemand::Source& source = demand.oldest();
  const double since = static_cast< double >( source.since ) * nj_.h;
  std::ostringstream text;
  text << "What synapses may still ask of the past of their third factors takes "
       << std::max< int64_t >( 1, SignalBudget::get().bytes() >> 20 ) << " MiB, and grows. Synapses of the model '"
       << source.synapse << "' read " << ( source.every_step ? "them in every step" : "them at spikes" )
       << ", and the source of some of them, node " << source.node_id << ", has not spiked after " << since
       << " ms, so that what came then cannot be forgotten. "
       << ( source.every_step ? "Move what filters the third factor to the neuron model, read it in handlers of spikes "
                                "only, or let all sources spike now and then."
                              : "Let all sources spike now and then, or connect fewer silent ones." );
  print( 2, "The neuron model '" + type_.name() + "'", text.str().c_str() );
}

} // namespace nestml_jit
