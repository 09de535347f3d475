#include "nest/static_connector.h"

#include <algorithm>

#include "event.h"
#include "kernel_manager.h"
#include "nest_names.h"
#include "weight_recorder.h"

#include "nest/static_order.h"

namespace nestml_jit
{

StaticConnector::StaticConnector( const nest::synindex syn_id, const size_t thread )
  : connections_( syn_id, thread )
{
}

// --- what users see ------------------------------------------------------------------------------------

void
StaticConnector::get_synapse_status( const size_t, const size_t lcid, Dictionary& d ) const
{
  connections_.stored( lcid ).get_status( d );
  d[ nest::names::target ] = static_cast< long >( connections_.target( lcid ).get_node_id() );
}

void
StaticConnector::set_synapse_status( const size_t lcid, const Dictionary& d, nest::ConnectorModel& cm )
{
  StaticSynapse connection = connections_.stored( lcid );
  connection.set_status( d, cm );
  connections_.change( lcid, connection );
}

void
StaticConnector::get_target_node_ids( const size_t,
  const size_t first,
  const std::string& element,
  std::vector< size_t >& targets ) const
{
  for ( size_t lcid = first;; ++lcid )
  {
    const nest::Node& node = connections_.target( lcid );
    if ( node.get_synaptic_elements( element ) != 0.0 and not connections_.is_disabled( lcid ) )
    {
      targets.push_back( node.get_node_id() );
    }
    if ( not connections_.has_more( lcid ) )
    {
      return;
    }
  }
}

size_t
StaticConnector::find_first_target( const size_t, const size_t first, const size_t wanted ) const
{
  for ( size_t lcid = first;; ++lcid )
  {
    if ( connections_.target( lcid ).get_node_id() == wanted and not connections_.is_disabled( lcid ) )
    {
      return lcid;
    }
    if ( not connections_.has_more( lcid ) )
    {
      return nest::invalid_index;
    }
  }
}

// --- order ---------------------------------------------------------------------------------------------

void
StaticConnector::sort_connections( BlockVector< nest::Source >& sources )
{
  connections_.columns().reorder( StaticOrder( sources ) );
}

void
StaticConnector::set_source_has_more_targets( const size_t lcid, const bool more )
{
  connections_.columns().set_flag( lcid, StaticColumns::has_more, more );
}

void
StaticConnector::disable_connection( const size_t lcid )
{
  connections_.columns().set_flag( lcid, StaticColumns::is_disabled, true );
}

void
StaticConnector::remove_disabled_connections( const size_t first )
{
  connections_.columns().shorten( first );
}

// --- events --------------------------------------------------------------------------------------------

/* A spike of a neuron. To rings the same is done as by the neurons' handlers of events: the same products are added in the
 * same order. */
size_t
StaticConnector::send( const size_t tid,
  const size_t first,
  const std::vector< nest::ConnectorModel* >& cm,
  nest::Event& e )
{
  if ( e.is_flush_event() )
  {
    return 0;
  }
  const nest::CommonSynapseProperties& common = cm[ get_syn_id() ]->get_common_properties();
  if ( common.get_weight_recorder() )
  {
    return send_recorded( tid, first, e, common );
  }
  return connections_.send( first, static_cast< nest::SpikeEvent& >( e ) );
}

size_t
StaticConnector::send_recorded( const size_t tid,
  const size_t first,
  nest::Event& e,
  const nest::CommonSynapseProperties& common )
{
  for ( size_t lcid = first;; ++lcid )
  {
    if ( not connections_.is_disabled( lcid ) )
    {
      connections_.deliver( lcid, e );
      send_weight_event( tid, static_cast< unsigned int >( lcid ), e, common );
    }
    if ( not connections_.has_more( lcid ) )
    {
      return lcid + 1 - first;
    }
  }
}

/* Devices have connectors of their own; this is never called. */
void
StaticConnector::send_to_all( const size_t, const std::vector< nest::ConnectorModel* >&, nest::Event& e )
{
  for ( size_t lcid = 0; not e.is_flush_event() and lcid < size(); ++lcid )
  {
    connections_.deliver( lcid, e );
  }
}

void
StaticConnector::send_weight_event( const size_t tid,
  const unsigned int lcid,
  nest::Event& e,
  const nest::CommonSynapseProperties& common )
{
  if ( not common.get_weight_recorder() or not e.receiver_is_valid() )
  {
    return;
  }
  nest::WeightRecorderEvent record;
  record.set_port( e.get_port() );
  record.set_rport( e.get_rport() );
  record.set_stamp( e.get_stamp() );
  record.set_sender_node_id( nest::kernel().connection_manager.get_source_node_id( tid, get_syn_id(), lcid ) );
  record.set_weight( e.get_weight() );
  record.set_delay_steps( e.get_delay_steps() );
  record.set_receiver( *static_cast< nest::Node* >( common.get_weight_recorder() ) );
  record.set_receiver_node_id( e.get_receiver_node_id() );
  record();
}

/* NEST calls this for all connectors; its static synapse refuses it if the transmitter is its own, which cannot be. */
void
StaticConnector::trigger_update_weight( const long,
  const size_t,
  const std::vector< nest::spikecounter >&,
  const double,
  const std::vector< nest::ConnectorModel* >& )
{
}

} // namespace nestml_jit
