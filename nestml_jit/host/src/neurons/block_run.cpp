/* A slice of a simulation: kernels advance the tiles of a block, and NEST gets the spikes. */
#include "neurons/block.h"

#include <bit>
#include <numeric>
#include <utility>

#include "kernel_manager.h"

#include "nest/device_rows.h"
#include "nest/interrupt.h"
#include "nest/messages.h"
#include "nest/shell.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

namespace
{

constexpr size_t cache_line = 64; // bytes

} // namespace

uint32_t&
history_limit()
{
  static uint32_t entries = 64;
  return entries;
}

/* Find the channels at which nothing arrives in this slice: rows that are known to be 0 need not come through
 * the caches. What was heard of in a slice arrives before the ring has turned once. */
void
Block::find_quiet()
{
  for ( size_t channel = 0; channel < heard_.size(); ++channel )
  {
    if ( heard_[ channel ] )
    {
      heard_[ channel ] = false;
      heard_until_[ channel ] = nj_.origin + static_cast< int64_t >( ring_slots_ + slot_.size() );
    }
    quiet_[ channel ] = nj_.origin >= heard_until_[ channel ];
  }
}

/* Let synapses that emit by themselves do so, before anything of the slice is computed. */
void
Block::take_emissions( const int64_t origin )
{
  for ( const auto& reader : readers_ )
  {
    const auto alive = reader.lock();
    if ( alive and alive->emits() )
    {
      alive->emit_until( origin );
    }
  }
}

/* Tell the kernel which slice this is and what arrives in it. */
void
Block::begin_slice( const nest::Time& origin )
{
  nj_.origin = origin.get_steps();
  for ( size_t lag = 0; lag < slot_.size(); ++lag )
  {
    slot_[ lag ] = static_cast< uint32_t >( nest::kernel().event_delivery_manager.get_modulo( lag ) );
  }
  find_quiet();
}

void
Block::update( const nest::Time& origin, const long from, const long to )
{
  end_if_interrupted( from, to );
  last_origin_ = origin.get_steps();
  last_from_ = from;
  if ( have_emitters_ and from == 0 )
  {
    take_emissions( last_origin_ );
  }
  begin_slice( origin );
  if ( frozen_stale_ )
  {
    find_frozen();
  }
  if ( std::exchange( tables_stale_, false ) and not bound_->kernel->coupled )
  {
    empty_secondary_rows( thread_, node_ids_ );
  }
  make_room_for_signals( from, to );
  for ( size_t t = 0; t < store_.tiles(); ++t )
  {
    Texts::rest();
    if ( t < frozen_.size() and not frozen_[ t ].empty() )
    {
      update_frozen( t, static_cast< uint32_t >( from ), static_cast< uint32_t >( to ) );
    }
    else
    {
      update_tile( t, static_cast< uint32_t >( from ), static_cast< uint32_t >( to ) );
    }
  }
  raise_failure();
  send_spikes();
  if ( bound_->kernel->coupled )
  {
    end_coupled_slice( from, to );
  }
}

/* End the simulation if some neuron cannot be integrated. */
void
Block::raise_failure()
{
  if ( not failure_.empty() )
  {
    stop_simulation( std::exchange( failure_, {} ) );
  }
}

void
Block::update_tile( const size_t t, const uint32_t from, const uint32_t to )
{
  const NjTile view = tile( t );
  if ( t >= watched_.size() or watched_[ t ].empty() )
  {
    bound_->kernel->update( &nj_, &view, from, to );
    return;
  }
  for ( uint32_t lag = from; lag < to; ++lag )
  {
    bound_->kernel->update( &nj_, &view, lag, lag + 1 );
    if ( nj_.history )
    {
      recall( t, nj_.origin + lag + 1 );
    }
    recorded_step_ = nj_.origin + lag + 1;
    for ( const uint32_t lane : watched_[ t ] )
    {
      if ( not is_idle( lane ) )
      {
        nodes_[ lane ]->record( nj_.origin + lag );
      }
    }
  }
}

/* Put the slice's spikes in order of time, those of a step in order of lanes, as tiles have them already. */
void
Block::sort_spikes()
{
  std::vector< size_t > place( slot_.size() + 1, 0 );
  for ( const Spike& spike : spikes_ )
  {
    ++place[ spike.lag + 1 ];
  }
  std::partial_sum( place.begin(), place.end(), place.begin() );
  sorted_.resize( spikes_.size() );
  for ( const Spike& spike : spikes_ )
  {
    sorted_[ place[ spike.lag ]++ ] = spike;
  }
  spikes_.swap( sorted_ );
  const auto earlier = []( const Spike& a, const Spike& b )
  { return a.lag != b.lag ? a.lag < b.lag : a.lane < b.lane; };
  if ( not std::is_sorted( spikes_.begin(), spikes_.end(), earlier ) )
  {
    std::sort( spikes_.begin(), spikes_.end(), earlier ); // a model that emits in several places
  }
}

/* Ask the processor for what NEST looks at when a neuron spikes: waiting for it is most of a spike's cost. */
void
Block::fetch( const size_t lane ) const
{
  const auto* const node = reinterpret_cast< const char* >( nodes_[ lane ] );
  const size_t lid = ( node_ids_[ lane ] - 1 ) / nest::kernel().vp_manager.get_num_virtual_processes();
  __builtin_prefetch( node );
  __builtin_prefetch( node + cache_line );
  __builtin_prefetch( DeviceRows::row( thread_, lid ) );
  __builtin_prefetch( &nest::kernel().connection_manager.get_remote_targets_of_local_node( thread_, lid ) );
}

/* Hand the slice's spikes to NEST, several of a node in a step as one event.
 *
 * They go out in order of time, unlike those of NEST's models, which go out node by node: NEST delivers
 * in the order of sending, so that consecutive deliveries add to the same slot of the ring buffers,
 * which stays in the cache. */
void
Block::send_spikes()
{
  constexpr size_t ahead = 8;
  sort_spikes();
  for ( size_t i = 0; i < std::min( ahead, spikes_.size() ); ++i )
  {
    fetch( spikes_[ i ].lane );
  }
  for ( size_t i = 0; i < spikes_.size(); )
  {
    const Spike spike = spikes_[ i ];
    size_t multiplicity = 0;
    while ( i < spikes_.size() and spikes_[ i ].lane == spike.lane and spikes_[ i ].lag == spike.lag )
    {
      if ( i + ahead < spikes_.size() )
      {
        fetch( spikes_[ i + ahead ].lane );
      }
      ++multiplicity;
      ++i;
    }
    const nest::Time stamp = nest::Time::step( nj_.origin + spike.lag + 1 );
    if ( has_archives_ )
    {
      nodes_[ spike.lane ]->archive_spike( stamp );
    }
    nodes_[ spike.lane ]->spiked( spike.lag, multiplicity );
  }
  spikes_.clear();
}

/* Value of a recordable of a lane: a column, or an observable that the kernel computes. */
double
Block::observe( const size_t lane, const size_t element ) const
{
  if ( element < first_observable )
  {
    return number_in( type_.variables()[ element ].type, store_.get( element, lane ) );
  }
  const NjTile view = tile( lane / NJ_TILE );
  return bound_->kernel->observe(
    &nj_, &view, lane % NJ_TILE, static_cast< uint32_t >( element - first_observable ), recorded_step_ );
}

/* Bring the moved states of a tile to their values at `step`. Lanes that were created after histories were fitted have
 * no past yet: they keep what the store has of them. */
void
Block::recall( const size_t t, const int64_t step )
{
  const Binding& binding = *history_of_;
  if ( not binding.kernel->recall )
  {
    return;
  }
  for ( const size_t column : binding.history )
  {
    store_.column( column ).make_own( t );
  }
  // Tiles may not be fitted to this kernel yet, or be other ones than the last time: it reads no internals here.
  recalled_.assign( binding.columns.size(), nullptr );
  for ( size_t k = 0; k < binding.columns.size(); ++k )
  {
    if ( not binding.columns[ k ].internal )
    {
      recalled_[ k ] = store_.column( binding.columns[ k ].index ).data( t );
    }
  }
  if ( is_fitted() and t * width_ < pointers_.size() )
  {
    for ( size_t k = 0; k < width_; ++k )
    {
      pointers_[ t * width_ + k ] = recalled_[ k ] ? recalled_[ k ] : pointers_[ t * width_ + k ];
    }
  }
  const size_t first = t * NJ_TILE;
  const auto lanes = static_cast< uint32_t >( std::min< size_t >( NJ_TILE, history_.lanes() - first ) );
  const NjTile view { recalled_.data(), static_cast< uint32_t >( first ), lanes };
  binding.kernel->recall( &nj_, &view, step );
}

namespace
{

int64_t
max_delay()
{
  return nest::kernel().connection_manager.get_max_delay();
}

} // namespace

int64_t
Block::oldest_needed()
{
  if ( needed_at_ != nj_.origin )
  {
    needed_at_ = nj_.origin;
    needed_ = nj_.origin - max_delay();
    for ( const auto& reader : readers_ )
    {
      if ( const auto alive = reader.lock() )
      {
        needed_ = std::min( needed_, alive->oldest_needed() );
      }
    }
  }
  return needed_;
}

void
Block::emit( void* const host, const uint32_t lane, const uint32_t lag )
{
  static_cast< Block* >( host )->spikes_.push_back( { lane, lag } );
}

/* A neuron that no synapse looks at keeps just what may still be on its way. */
void
Block::grow( void* const host, const uint32_t lane )
{
  auto& block = *static_cast< Block* >( host );
  const bool is_read = block.is_read( lane );
  block.history_.grow( lane, is_read ? block.oldest_needed() : block.nj_.origin - max_delay(), is_read );
}

void
Block::message( void* const host, const uint32_t lane, const int32_t level, const char* const text )
{
  const auto& block = *static_cast< Block* >( host );
  print( level, "Node " + std::to_string( block.node_ids_[ lane ] ) + " (" + block.type_.name() + ")", text );
}

void
Block::fail( void* const host, const uint32_t lane, const uint32_t lag, const char* const what )
{
  auto& block = *static_cast< Block* >( host );
  if ( block.failure_.empty() )
  {
    const double when = nest::Time( nest::Time::step( block.nj_.origin + lag + 1 ) ).get_ms();
    std::ostringstream text;
    text << "Node " << block.node_ids_[ lane ] << " (model '" << block.type_.name()
         << "') cannot be integrated in the step that ends at " << when << " ms: " << what
         << ". Choose another solver for the model, a smaller resolution, or look at the node's parameters.";
    block.failure_ = text.str();
  }
}

void
Block::out_of_range( void* const host,
  const uint32_t lane,
  const int64_t step,
  const char* const vector,
  const int64_t index,
  const int64_t size,
  const char* const synapse,
  const uint64_t source )
{
  auto& block = *static_cast< Block* >( host );
  if ( block.failure_.empty() )
  {
    const WrongIndex wrong { step, vector, index, size, synapse, source };
    block.failure_ = wrong.text( block.type_.name(), block.node_ids_[ lane ] );
  }
}

/* What went wrong, to be told once; "" if nothing did. */
std::string
Block::take_failure()
{
  return std::exchange( failure_, {} );
}

/* End before the simulation begins if an internal looks up an element that is not there. */
void
Block::check_lookups()
{
  if ( not failure_.empty() )
  {
    bound_ = nullptr; // all tiles are to be fitted anew
    throw nest::KernelException( take_failure() );
  }
}

} // namespace nestml_jit
