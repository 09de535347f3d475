/* What connections do between presynaptic spikes, so that the past that it needs can be forgotten. */
#include "connector.h"

#include <algorithm>

#include "kernel_manager.h"

#include "synapse_model.h"

namespace nestml_jit
{

/* Process all postsynaptic and modulatory spikes that reach the synapses up to a step. No presynaptic spike
 * of an earlier step may come any more. */
void
ColumnarConnector::advance( const int64_t until )
{
  if ( indexed_ != size() and not nest::kernel().connection_manager.use_compressed_spikes() )
  {
    index_unsorted( false );
  }
  for ( Run& run : runs_ )
  {
    if ( segments_[ run.segment ].t_done < until )
    {
      advance_run( run, until );
    }
  }
  for ( Segment& segment : segments_ )
  {
    segment.t_done = std::max( segment.t_done, until );
  }
}

void
ColumnarConnector::advance_run( Run& run, const int64_t until )
{
  Target& target = targets_[ run.kind ];
  if ( target.epoch != binding_epoch() )
  {
    bind( target );
  }
  if ( not target.bound->functions->advance )
  {
    return;
  }
  if ( not target.block )
  {
    read_pasts( run, until );
  }
  NjDelivery& delivery = target.delivery;
  delivery.delay_steps = delay_steps_.data();
  delivery.t_spike = until;
  delivery.multiplicity = 0;
  const NjRun whole = view( run, target );
  target.bound->functions->advance( &delivery, &whole, until );
}

/* Copy the spikes of targets that are not ours. */
void
ColumnarConnector::read_pasts( const Run& run, const int64_t until )
{
  for ( size_t lcid = run.first; model_->description().has_post and lcid < run.first + run.size; ++lcid )
  {
    mirror_->read( lane_[ lcid ], until, [ & ] { return reader_->oldest_needed(); } );
  }
}

/* Let the pasts of targets that are not ours be forgotten from time to time: nobody asks for more room for
 * them as blocks do. Spikes of the slice before this one are still being delivered. */
void
ColumnarConnector::sweep( const int64_t origin )
{
  constexpr int64_t steps_per_entry = 64;
  if ( mirror_ and model_->description().has_post and origin - swept_ > steps_per_entry * history_limit() )
  {
    swept_ = origin;
    advance( origin - nest::kernel().connection_manager.get_min_delay() );
  }
}

} // namespace nestml_jit
