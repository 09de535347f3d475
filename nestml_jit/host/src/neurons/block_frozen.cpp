/* Neurons that are frozen, or that NEST has not prepared yet. */
#include "neurons/block.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "nest/shell.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

/* Find what has arrived at the frozen lanes of a tile. As with NEST's neurons it stays where it is in the ring. */
std::vector< std::pair< double*, double > >
Block::waiting_input( const size_t t, const uint32_t from, const uint32_t to )
{
  std::vector< std::pair< double*, double > > waiting;
  for ( uint32_t lag = from; lag < to; ++lag )
  {
    for ( uint32_t channel = 0; channel < heard_.size(); ++channel )
    {
      for ( const uint32_t lane : frozen_[ t ] )
      {
        double& value = ring_[ channel * nj_.channel_stride + slot_[ lag ] * nj_.lane_stride + lane ];
        if ( value != 0.0 )
        {
          waiting.emplace_back( &value, value );
          hear( channel );
        }
      }
    }
  }
  return waiting;
}

/* Update a tile some lanes of which must not change and not spike. */
void
Block::update_frozen( const size_t t, const uint32_t from, const uint32_t to )
{
  const auto& lanes = frozen_[ t ];
  const auto frozen = [ & ]( const uint32_t lane )
  { return std::find( lanes.begin(), lanes.end(), lane ) != lanes.end(); };
  std::vector< std::pair< double*, double > > kept = waiting_input( t, from, to );
  for ( size_t c = 0; c < store_.columns(); ++c )
  {
    if ( type_.variables()[ c ].is_dynamic() and not store_.column( c ).is_shared( t ) )
    {
      for ( const uint32_t lane : lanes )
      {
        double* const place = store_.column( c ).data( t ) + lane % NJ_TILE;
        kept.emplace_back( place, *place );
      }
    }
  }
  const size_t spikes = spikes_.size();
  update_tile( t, from, to );
  for ( const auto& [ place, value ] : kept )
  {
    *place = value;
  }
  for ( const uint32_t lane : nj_.history ? lanes : std::vector< uint32_t >() )
  {
    history_.forget_after( lane, nj_.origin + from );
  }
  spikes_.erase(
    std::remove_if(
      spikes_.begin() + spikes, spikes_.end(), [ & ]( const Spike& spike ) { return frozen( spike.lane ); } ),
    spikes_.end() );
  hold_signals( lanes, from, to );
}

/* Let what synapses read of frozen lanes be what it was. */
void
Block::hold_signals( const std::vector< uint32_t >& lanes, const uint32_t from, const uint32_t to )
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

/* Whether a lane is not to change: it is frozen, or its node was created since NEST prepared nodes, which NEST leaves
 * alone until it prepares them the next time. */
bool
Block::is_idle( const size_t lane ) const
{
  return lane >= prepared_ or nodes_[ lane ]->is_frozen();
}

void
Block::find_frozen()
{
  frozen_.clear();
  for ( size_t lane = 0; lane < nodes_.size(); ++lane )
  {
    if ( is_idle( lane ) )
    {
      frozen_.resize( store_.tiles() );
      frozen_[ lane / NJ_TILE ].push_back( static_cast< uint32_t >( lane ) );
    }
  }
  frozen_stale_ = false;
}

} // namespace nestml_jit
