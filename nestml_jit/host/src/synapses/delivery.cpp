/* How a presynaptic spike passes along a source's connections.
 *
 * When. NEST gathers the spikes of a slice and delivers them at the beginning of the next one, before it updates any
 * node: first `Delivery::send` for each spike, on each thread that has connections of its source. Then synapses that emit
 * by themselves do so: `Connections::emit_until`, called by the fronts (nest/front.h) for targets that are NEST's own, and
 * by blocks (slice/slice_runner.h) for their lanes, before they advance the neurons. Since delays are no shorter than a
 * slice, what a delivery adds arrives in the present slice or later, in a slot of the block's ring (slice/input_ring.h)
 * that was not read yet. Spikes of devices come within a slice, by `ColumnarConnector::send_to_all`.
 *
 * What. The connections of a source lie one after another in each column (run_index.h). A run of them has one target, so
 * one kernel handles it in one call:
 *
 *     run       first .. first + size - 1, all of one source, segment, block and receptor
 *     lanes     [size] the targets; rising, for connections with the same delay
 *     delays    [size] indices into the tables of delays and of offsets into the ring
 *     columns   one pointer per variable: [size] values, or the segment's one value of "source" variables
 *
 * Within the call a kernel of a plastic synapse goes through the run in batches of NJ_BATCH connections
 * (codegen/cpp/support/batch.h). For each batch it takes the newest entries of the targets' pasts (NjBlock::recent), which lie
 * anywhere in memory: so it asks the processor for those of the next batch first. Then it computes all connections of the
 * batch at once, in vectors, as if each target had spiked at most a few times since the source's last spike. Connections
 * to which more has happened are marked as odd, keep their variables, and are handled one by one with the whole past.
 * Last it adds the weights to the ring, one by one, since two connections of a batch may have the same target.
 *
 * Then. "Source" variables are shared by all runs of a segment: kernels read them as of the last spike, t_last, and leave
 * them alone. Only behind the last run `finish_segment` moves them over this spike, and t_last and t_done with them. */
#include "synapses/delivery.h"

#include "values/texts.h"

namespace nestml_jit
{

Delivery::Delivery( ConnectionData& data,
  KernelCall& call,
  RunView& view,
  SelfEmission& emission,
  ModulatoryInput& modulation,
  ForeignTargets& foreign,
  EventSender& sender )
  : data_( data )
  , call_( call )
  , view_( view )
  , emission_( emission )
  , modulation_( modulation )
  , foreign_( foreign )
  , sender_( sender )
  , foreign_delivery_( data, view, emission, foreign, sender )
{
}

/* Which source spikes next cannot be known, and kernels fetch only what comes behind the first batch. */
void
Delivery::prefetch( const size_t lcid ) const
{
  constexpr size_t batch = 64; // connections that a kernel delivers at once
  data_.places.fetch( lcid, 2 * batch );
  for ( const SynapseColumn& column : data_.table.columns() )
  {
    if ( column.mode == SynapseColumn::Mode::connection )
    {
      fetch_values( column.values.data() + lcid, batch );
    }
  }
}

size_t
Delivery::send( const size_t first_run, const SourceSpike& spike )
{
  // No kernel of this thread runs now: a good moment to mark texts, and to read what NEST is about to forget.
  Texts::rest();
  foreign_.sweep( spike.origin );
  modulation_.take();

  const auto runs = data_.index.runs();
  const uint32_t source = runs[ first_run ].source;
  size_t delivered = 0;
  const Run* last = nullptr; /* of the segment */
  for ( size_t r = first_run; r < runs.size() and runs[ r ].source == source; ++r )
  {
    if ( not runs[ r ].disabled )
    {
      deliver( runs[ r ], spike );
      last = &runs[ r ];
    }
    delivered += runs[ r ].size; // NEST counts those that are disabled, too
    const bool segment_ends = r + 1 == runs.size() or runs[ r + 1 ].segment != runs[ r ].segment;
    if ( last and segment_ends )
    {
      finish_segment( *last, spike.step );
      last = nullptr;
    }
  }
  return delivered;
}

/* A run's targets are lanes of a block, or neurons of NEST's own. Synapses without dynamics have no kernel for these. */
void
Delivery::deliver( Run& run, const SourceSpike& spike )
{
  const bool is_foreign = not data_.targets[ run.kind ].block();
  if ( is_foreign and not data_.table.description().plastic )
  {
    for ( size_t lcid = run.first; lcid < run.first + run.size; ++lcid )
    {
      sender_.send( lcid, spike.event, data_.table.weight( lcid ) );
    }
    return;
  }
  Target& target = call_.for_spike( run, spike.step, spike.origin, spike.multiplicity );
  if ( is_foreign )
  {
    foreign_delivery_.deliver( run, target, spike );
  }
  else
  {
    deliver_to_block( run, target, spike );
  }
}

void
Delivery::deliver_to_block( Run& run, Target& target, const SourceSpike& spike )
{
  NjDelivery& delivery = target.delivery();
  delivery.slot_offset = target.slot_offsets( data_.delays, spike.step, spike.origin );
  log_.begin( delivery, run.size, sender_.is_recorded() );
  if ( view_.is_plain( run, target ) )
  {
    const NjRun whole = view_.whole( run, target );
    emission_.listen( target, run.first );
    target.functions().deliver( &delivery, &whole );
  }
  else
  {
    deliver_parts( run, target );
  }
  if ( sender_.is_recorded() )
  {
    log_.for_each( run.size,
      [ & ]( const size_t number, const double weight )
      { sender_.record( run.first + number, weight, spike.event ); } );
  }
}

/* Some connections are further than others, or behind what their targets' pasts have at hand. */
void
Delivery::deliver_parts( Run& run, Target& target )
{
  view_.for_each_part(
    run,
    target,
    []( const NjRun& whole, const uint32_t begin ) { return whole.size - begin; },
    [ & ]( const NjRun& part, const uint32_t begin )
    {
      log_.begin_part( target.delivery(), begin );
      emission_.listen( target, run.first + begin );
      target.functions().deliver( &target.delivery(), &part );
    } );
}

/* After the last run of a segment: its source's state moves over the spike. */
void
Delivery::finish_segment( const Run& run, const int64_t step )
{
  Target& target = data_.targets[ run.kind ];
  Segment& segment = data_.index.segment( run );
  if ( target.bound() and target.functions().spike )
  {
    target.functions().spike( &target.delivery(), view_.pointers(), segment.t_last );
  }
  segment.t_last = segment.t_done = step;
  segment.t_told = modulation_.told();
}

} // namespace nestml_jit
