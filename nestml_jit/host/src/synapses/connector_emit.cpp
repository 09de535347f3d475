/* Events that connections emit by themselves: for a postsynaptic or modulatory spike, in `update`, on a condition. */
#include "synapses/connector.h"

#include <algorithm>

#include "kernel_manager.h"
#include "weight_recorder.h"

#include "nest/synapse_model.h"

namespace nestml_jit
{

bool
ColumnarConnector::Reader::emits() const
{
  return connector_.model_->description().emits_apart;
}

void
ColumnarConnector::Reader::emit_until( const int64_t origin )
{
  connector_.emit_until( origin );
}

/* Send what a delivery emits by itself; connection number 0 of the kernel is `first`. */
void
ColumnarConnector::let_emit( Target& target, const size_t first )
{
  if ( model_->description().emits_apart )
  {
    emitter_ = { this, &target, first };
    target.delivery.emit = &ColumnarConnector::emit;
    target.delivery.emitter = &emitter_;
  }
}

void
ColumnarConnector::emit( void* const emitter, const uint32_t number, const int64_t step, const double weight )
{
  const Emitter& from = *static_cast< const Emitter* >( emitter );
  from.connector->emit( *from.target, from.first + number, step, weight );
}

/* Send an event as if there were a presynaptic spike at step `step`. If the target's block stood still, it may come
 * too late, and then arrives as early as it can. */
void
ColumnarConnector::emit( Target& target, const size_t lcid, const int64_t step, const double weight )
{
  const int64_t origin = nest::kernel().simulation_manager.get_slice_origin().get_steps();
  const int64_t earliest = origin - nest::kernel().connection_manager.get_min_delay() + 1;
  if ( not target.block )
  {
    nest::SpikeEvent event;
    event.set_stamp( nest::Time( nest::Time::step( std::max( step, earliest ) ) ) );
    event.set_sender_node_id_info( nest::kernel().vp_manager.get_thread_id(), syn_id_, lcid );
    send_event( lcid, event, weight );
    return;
  }
  const uint64_t* const offsets = slot_offsets( target, std::max( step, earliest ), origin );
  const NjDelivery& delivery = target.delivery;
  const bool flipped = weight < 0.0;
  double* const slot = target.block->nj().ring + offsets[ places_.delay( lcid ) ] + places_.lane( lcid );
  slot[ flipped ? delivery.negative : delivery.positive ] += flipped ? weight * delivery.negative_sign : weight;
  const int64_t count = flipped ? delivery.count_negative : delivery.count_positive;
  if ( count >= 0 )
  {
    slot[ count ] += 1.0;
  }
  if ( recorder_ )
  {
    nest::SpikeEvent event;
    event.set_stamp( nest::Time( nest::Time::step( step ) ) );
    record_weight( lcid, weight, event );
  }
}

/* Process all that has reached the connections until the beginning of a slice, and send what that leads to. All
 * presynaptic spikes up to then are delivered, and the events arrive in this slice at the earliest, just like
 * theirs. */
void
ColumnarConnector::emit_until( const int64_t origin )
{
  follow_stretches();
  split_disabled();
  take_modulation();
  recorder_ = model_->recorder();
  for ( Run& run : runs_ )
  {
    if ( not run.disabled and segments_[ run.segment ].t_done < origin )
    {
      emit_until( run, origin );
    }
  }
  for ( Segment& segment : segments_ )
  {
    segment.t_done = std::max( segment.t_done, origin );
  }
  recorder_ = nullptr;
}

void
ColumnarConnector::emit_until( Run& run, const int64_t origin )
{
  Target& target = prepare_advance( run, run.first, origin );
  if ( not target.block )
  {
    fit_mirror();
    read_pasts( run, origin );
  }
  const auto advance = target.bound->functions->advance;
  const NjRun whole = view( run, target );
  const std::vector< double* > columns = pointers_;
  for ( uint32_t begin = 0; advance and begin < run.size; )
  {
    NjRun part = part_of( whole, target, columns, begin, run.size - begin );
    equip( part, run, target, begin );
    let_emit( target, run.first + begin );
    if ( part.t_done < origin )
    {
      advance( &target.delivery, &part, origin );
    }
    begin += part.size;
  }
  target.delivery.block = target.block ? &target.block->nj() : &mirror_->nj();
  target.delivery.emit = nullptr;
  pointers_ = columns;
}

} // namespace nestml_jit
