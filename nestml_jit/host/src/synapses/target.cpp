#include "synapses/target.h"

#include <utility>

#include "host_state.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

Target::Target( Block* const block, const size_t rport )
  : block_( block )
  , rport_( rport )
{
}

void
Target::unbind()
{
  bound_ = nullptr;
  slots_of_ = INT64_MIN;
}

void
Target::bind( const BoundDelivery& bound, std::vector< size_t > columns, const uint64_t revision )
{
  bound_ = &bound;
  columns_ = std::move( columns );
  epoch_ = host_state().binding_epoch;
  revision_ = revision;
  delivery_.scalar = bound.scalars.data();
  delivery_.scratch = bound.scratch.data();
  delivery_.emitted = nullptr;
  delivery_.stdp_eps = 0.0;
  if ( not block_ )
  {
    return;
  }
  const Receptor receptor = Receptor::of_route( rport_ );
  const Channels& channels = block_->input().channels();
  const uint64_t stride = block_->nj().channel_stride;
  const auto offset = [ stride ]( const int32_t channel ) { return channel < 0 ? -1 : int64_t( channel * stride ); };
  delivery_.block = &block_->nj();
  delivery_.positive = channels.of( receptor.positive ) * stride;
  delivery_.negative = channels.of( receptor.negative ) * stride;
  delivery_.negative_sign = receptor.positive == receptor.negative ? 1.0 : -1.0;
  delivery_.count_positive = offset( channels.count_of( receptor.positive ) );
  delivery_.count_negative = offset( channels.count_of( receptor.negative ) );
}

/* Tell the block which of its channels this slice's spikes may reach. */
void
Target::activate_channels() const
{
  if ( not block_ )
  {
    return;
  }
  const Receptor receptor = Receptor::of_route( rport_ );
  const Channels& channels = block_->input().channels();
  for ( const Place place : { receptor.positive, receptor.negative } )
  {
    block_->input().activate( channels.of( place ) );
    if ( channels.count_of( place ) >= 0 )
    {
      block_->input().activate( static_cast< uint32_t >( channels.count_of( place ) ) );
    }
  }
}

const uint64_t*
Target::slot_offsets( const DelayTable& delays, const int64_t t_spike, const int64_t origin )
{
  const std::vector< uint32_t >& steps = delays.all();
  const int64_t slice = min_delay_steps();
  const auto lags = static_cast< size_t >( 2 * slice );
  if ( slots_of_ != origin or slot_offset_.size() != lags * steps.size() )
  {
    slots_of_ = origin;
    activate_channels();
    slot_offset_.resize( lags * steps.size() );
    slot_known_.assign( lags, false );
  }
  // spikes of neurons come from the previous slice, those of devices from this one
  const auto lag = static_cast< size_t >( t_spike - 1 - origin + slice );
  uint64_t* const row = slot_offset_.data() + lag * steps.size();
  if ( not slot_known_[ lag ] )
  {
    slot_known_[ lag ] = true;
    const int64_t limit = max_delay_steps() + slice;
    for ( size_t d = 0; d < steps.size(); ++d )
    {
      const int64_t relative = t_spike + steps[ d ] - 1 - origin;
      if ( relative >= 0 and relative < limit )
      {
        row[ d ] = ring_slot( relative ) * delivery_.block->lane_stride;
      }
    }
  }
  return row;
}

} // namespace nestml_jit
