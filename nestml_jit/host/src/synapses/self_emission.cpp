#include "synapses/self_emission.h"

#include <algorithm>

#include "nest/time_slices.h"

namespace nestml_jit
{

SelfEmission::SelfEmission( ConnectionData& data,
  KernelCall& call,
  RunView& view,
  ForeignTargets& foreign,
  EventSender& sender )
  : data_( data )
  , call_( call )
  , view_( view )
  , foreign_( foreign )
  , sender_( sender )
{
}

void
SelfEmission::emit( void* const self, const uint32_t number, const int64_t step, const double weight )
{
  auto& emission = *static_cast< SelfEmission* >( self );
  emission.emit( emission.first_ + number, step, weight );
}

/* Send an event as if there were a presynaptic spike at step `step`. If the target's block stood still, it may come
 * too late, and then arrives as early as it can. */
void
SelfEmission::emit( const size_t lcid, const int64_t step, const double weight )
{
  const int64_t origin = slice_origin();
  const int64_t sent = std::max( step, origin - min_delay_steps() + 1 );
  if ( not target_->block() )
  {
    sender_.send_spike( lcid, sent, weight );
    return;
  }
  add_to_ring( lcid, sent, origin, weight );
  if ( sender_.is_recorded() )
  {
    sender_.record_spike( lcid, step, weight );
  }
}

void
SelfEmission::add_to_ring( const size_t lcid, const int64_t step, const int64_t origin, const double weight )
{
  const uint64_t* const offsets = target_->slot_offsets( data_.delays, step, origin );
  const NjDelivery& delivery = target_->delivery();
  const bool flipped = weight < 0.0;
  double* const slot = target_->block()->nj().ring + offsets[ data_.places.delay( lcid ) ] + data_.places.lane( lcid );
  slot[ flipped ? delivery.negative : delivery.positive ] += flipped ? weight * delivery.negative_sign : weight;
  const int64_t count = flipped ? delivery.count_negative : delivery.count_positive;
  if ( count >= 0 )
  {
    slot[ count ] += 1.0;
  }
}

void
SelfEmission::advance_all( const int64_t origin )
{
  for ( Run& run : data_.index.runs() )
  {
    if ( not run.disabled and data_.index.segment( run ).t_done < origin )
    {
      advance( run, origin );
    }
  }
  for ( Segment& segment : data_.index.segments() )
  {
    segment.t_done = std::max( segment.t_done, origin );
  }
}

void
SelfEmission::advance( Run& run, const int64_t origin )
{
  Target& target = call_.for_time( run, run.first, origin );
  if ( not target.block() )
  {
    foreign_.fit();
    foreign_.read( run, origin );
  }
  const auto advance = target.functions().advance;
  if ( not advance )
  {
    return;
  }
  view_.for_each_part(
    run,
    target,
    []( const NjRun& whole, const uint32_t begin ) { return whole.size - begin; },
    [ & ]( const NjRun& part, const uint32_t begin )
    {
      listen( target, run.first + begin );
      if ( part.t_done < origin )
      {
        advance( &target.delivery(), &part, origin );
      }
    } );
  target.delivery().emit = nullptr;
}

} // namespace nestml_jit
