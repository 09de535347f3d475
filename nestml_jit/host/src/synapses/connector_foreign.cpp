/* Connections to NEST's own neurons: their past, and what is sent to them. */
#include "synapses/connector.h"

#include "kernel_manager.h"

#include "nest/synapse_model.h"

namespace nestml_jit
{

/* Copy the spikes of targets that are not ours. */
void
ColumnarConnector::read_pasts( const Run& run, const int64_t until )
{
  for ( size_t lcid = run.first; model_->description().has_post and lcid < run.first + run.size; ++lcid )
  {
    mirror_->read( places_.lane( lcid ), until, [ & ] { return reader_->oldest_needed(); } );
  }
}

/* Copy the spikes of targets that are not ours from time to time, so that NEST may forget them. */
void
ColumnarConnector::sweep( const int64_t origin )
{
  constexpr int64_t steps_per_entry = 64;
  if ( mirror_ and model_->description().has_post and origin - swept_ > steps_per_entry * history_limit() )
  {
    swept_ = origin;
    mirror_->read_all( origin, reader_->oldest_needed() );
  }
}

/* Let the mirror have room for all neurons that it watches. */
void
ColumnarConnector::fit_mirror()
{
  if ( mirror_->nj().lane_stride != mirror_->lanes() )
  {
    prepare_mirror( *model_->foreign_binding() );
  }
}

/* Deliver to neurons of NEST's own: what a kernel emits is caught per neuron and sent as events. */
void
ColumnarConnector::deliver_to_foreign( Run& run, nest::Event& e, const int64_t origin )
{
  Target& target = targets_[ run.kind ];
  fetch_signals();
  fit_mirror();
  NjDelivery& delivery = target.delivery;
  const uint64_t stride = mirror_->lanes();
  delivery.positive = Mirror::positive * stride;
  delivery.negative = Mirror::negative * stride;
  delivery.negative_sign = 1.0;
  delivery.count_positive = static_cast< int64_t >( Mirror::count_positive * stride );
  delivery.count_negative = static_cast< int64_t >( Mirror::count_negative * stride );
  no_offset_.resize( delay_steps_.size(), 0 );
  delivery.slot_offset = no_offset_.data();

  read_pasts( run, origin );
  const NjRun whole = view( run, target );
  const std::vector< double* > columns = pointers_;
  for ( uint32_t begin = 0, end; begin < run.size; begin = end )
  {
    end = begin + 1;
    while ( end < run.size and whole.lane[ end ] > whole.lane[ end - 1 ] )
    {
      ++end; // each neuron once, so that what it gets can be told apart
    }
    NjRun part = part_of( whole, target, columns, begin, end - begin );
    equip( part, run, target, begin );
    end = begin + part.size;
    delivery.note = &ColumnarConnector::note;
    delivery.notes = &notes_;
    notes_.clear();
    let_emit( target, run.first + begin );
    target.bound->functions->deliver( &delivery, &part );
    send_notes( run.first + begin, part.size, static_cast< nest::SpikeEvent& >( e ) );
    send_caught( run.first + begin, part.size, static_cast< nest::SpikeEvent& >( e ) );
  }
  delivery.block = &mirror_->nj();
  delivery.emit = nullptr;
  pointers_ = columns;
}

/* Note one of several events. */
void
ColumnarConnector::note( void* const notes, const uint32_t number, const uint32_t repeat, const double weight )
{
  static_cast< std::vector< Emission >* >( notes )->push_back( { number, repeat, weight } );
}

/* Send events one by one along a stretch of connections each of which may have emitted several. */
void
ColumnarConnector::send_notes( const size_t first, const size_t size, nest::SpikeEvent& e )
{
  if ( notes_.empty() )
  {
    return;
  }
  const size_t multiplicity = e.get_multiplicity();
  e.set_multiplicity( 1 );
  for ( const Emission& emission : notes_ )
  {
    send_event( first + emission.number, e, emission.weight );
  }
  e.set_multiplicity( multiplicity );
  for ( size_t lcid = first; lcid < first + size; ++lcid )
  {
    for ( size_t channel = 0; channel < Mirror::channels; ++channel )
    {
      mirror_->take( static_cast< Mirror::Channel >( channel ), places_.lane( lcid ) );
    }
  }
}

/* Send what the kernel emitted along a stretch of connections to different neurons. */
void
ColumnarConnector::send_caught( const size_t first, const size_t size, nest::SpikeEvent& e )
{
  const size_t multiplicity = e.get_multiplicity();
  for ( size_t lcid = first; lcid < first + size; ++lcid )
  {
    for ( const bool negative : { false, true } )
    {
      const double count =
        mirror_->take( negative ? Mirror::count_negative : Mirror::count_positive, places_.lane( lcid ) );
      const double sum = mirror_->take( negative ? Mirror::negative : Mirror::positive, places_.lane( lcid ) );
      if ( count > 0.0 )
      {
        e.set_multiplicity( static_cast< size_t >( count ) );
        send_event( lcid, e, sum / count );
      }
    }
  }
  e.set_multiplicity( multiplicity );
}

} // namespace nestml_jit
