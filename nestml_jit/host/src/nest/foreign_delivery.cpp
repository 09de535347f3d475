#include "nest/foreign_delivery.h"

#include "event.h"

#include "nest/mirror.h"
#include "synapses/delivery.h"

namespace nestml_jit
{

namespace
{

/* The size of a part of a run in which each neuron is once, so that what it gets can be told apart. */
uint32_t
different_lanes( const NjRun& whole, const uint32_t begin )
{
  uint32_t end = begin + 1;
  while ( end < whole.size and whole.lane[ end ] > whole.lane[ end - 1 ] )
  {
    ++end;
  }
  return end - begin;
}

} // namespace

ForeignDelivery::ForeignDelivery( ConnectionData& data,
  RunView& view,
  SelfEmission& emission,
  ForeignTargets& foreign,
  EventSender& sender )
  : data_( data )
  , view_( view )
  , emission_( emission )
  , foreign_( foreign )
  , sender_( sender )
{
}

/* Let the kernel write to the mirror's ring. */
void
ForeignDelivery::aim( NjDelivery& delivery )
{
  const uint64_t stride = foreign_.mirror()->lanes();
  delivery.positive = Mirror::positive * stride;
  delivery.negative = Mirror::negative * stride;
  delivery.negative_sign = 1.0;
  delivery.count_positive = static_cast< int64_t >( Mirror::count_positive * stride );
  delivery.count_negative = static_cast< int64_t >( Mirror::count_negative * stride );
  no_offset_.resize( data_.delays.all().size(), 0 );
  delivery.slot_offset = no_offset_.data();
}

void
ForeignDelivery::deliver( Run& run, Target& target, const SourceSpike& spike )
{
  auto& event = static_cast< nest::SpikeEvent& >( spike.event );
  NjDelivery& delivery = target.delivery();
  foreign_.fetch_signals();
  foreign_.fit();
  aim( delivery );
  foreign_.read( run, spike.origin );
  view_.for_each_part( run,
    target,
    &different_lanes,
    [ & ]( const NjRun& part, const uint32_t begin )
    {
      log_.begin_notes( delivery );
      emission_.listen( target, run.first + begin );
      target.functions().deliver( &delivery, &part );
      send_notes( run.first + begin, part.size, event );
      send_caught( run.first + begin, part.size, event );
    } );
  delivery.emit = nullptr;
}

/* Send events one by one along a stretch of connections each of which may have emitted several. */
void
ForeignDelivery::send_notes( const size_t first, const size_t size, nest::SpikeEvent& e )
{
  if ( log_.notes().empty() )
  {
    return;
  }
  const size_t multiplicity = e.get_multiplicity();
  e.set_multiplicity( 1 );
  for ( const Emission& emission : log_.notes() )
  {
    sender_.send( first + emission.number, e, emission.weight );
  }
  e.set_multiplicity( multiplicity );
  for ( size_t lcid = first; lcid < first + size; ++lcid )
  {
    for ( size_t channel = 0; channel < Mirror::channels; ++channel )
    {
      foreign_.mirror()->take( static_cast< Mirror::Channel >( channel ), data_.places.lane( lcid ) );
    }
  }
}

/* Send what the kernel emitted along a stretch of connections to different neurons. */
void
ForeignDelivery::send_caught( const size_t first, const size_t size, nest::SpikeEvent& e )
{
  Mirror& mirror = *foreign_.mirror();
  const size_t multiplicity = e.get_multiplicity();
  for ( size_t lcid = first; lcid < first + size; ++lcid )
  {
    const uint32_t lane = data_.places.lane( lcid );
    for ( const bool negative : { false, true } )
    {
      const double count = mirror.take( negative ? Mirror::count_negative : Mirror::count_positive, lane );
      const double sum = mirror.take( negative ? Mirror::negative : Mirror::positive, lane );
      if ( count > 0.0 )
      {
        e.set_multiplicity( static_cast< size_t >( count ) );
        sender_.send( lcid, e, sum / count );
      }
    }
  }
  e.set_multiplicity( multiplicity );
}

} // namespace nestml_jit
