#include "nest/event_sender.h"

#include "event.h"
#include "weight_recorder.h"

#include "nest/time_slices.h"

namespace nestml_jit
{

EventSender::EventSender( const ConnectionData& data, const ConnectionEnds& ends )
  : data_( data )
  , ends_( ends )
{
}

void
EventSender::send( const size_t lcid, nest::Event& e, const double weight )
{
  e.set_port( lcid );
  e.set_receiver( ends_.target( lcid ) );
  e.set_weight( weight );
  e.set_delay_steps( data_.delay_steps( lcid ) );
  e.set_rport( ends_.receptor( lcid ) );
  e();
  if ( recorder_ and e.receiver_is_valid() )
  {
    record( lcid, e.get_weight(), e );
  }
}

void
EventSender::send_spike( const size_t lcid, const int64_t step, const double weight )
{
  nest::SpikeEvent event;
  event.set_stamp( nest::Time( nest::Time::step( step ) ) );
  event.set_sender_node_id_info( ends_.thread(), ends_.syn_id(), lcid );
  send( lcid, event, weight );
}

void
EventSender::record( const size_t lcid, const double weight, const nest::Event& e )
{
  nest::WeightRecorderEvent record;
  record.set_port( lcid );
  record.set_rport( ends_.receptor( lcid ) );
  record.set_stamp( e.get_stamp() );
  record.set_sender_node_id( ends_.sender( lcid ) );
  record.set_weight( weight );
  record.set_delay_steps( data_.delay_steps( lcid ) );
  record.set_receiver( *recorder_ );
  record.set_receiver_node_id( ends_.target( lcid ).get_node_id() );
  record();
}

void
EventSender::record_spike( const size_t lcid, const int64_t step, const double weight )
{
  nest::SpikeEvent event;
  event.set_stamp( nest::Time( nest::Time::step( step ) ) );
  record( lcid, weight, event );
}

} // namespace nestml_jit
