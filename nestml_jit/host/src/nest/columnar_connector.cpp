#include "nest/columnar_connector.h"

#include <algorithm>

#include "event.h"

#include "nest/synapse_model.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

ColumnarConnector::ColumnarConnector( const nest::synindex syn_id, SynapseModel& model )
  : list_( model.connectors() )
  , connections_( model, nest::kernel().vp_manager.get_thread_id(), syn_id )
{
  list_->all.push_back( &connections_ );
}

ColumnarConnector::~ColumnarConnector()
{
  host_state().generation.raise();
  auto& all = list_->all;
  all.erase( std::remove( all.begin(), all.end(), &connections_ ), all.end() );
}

// --- what users see ------------------------------------------------------------------------------------

void
ColumnarConnector::get_synapse_status( const size_t, const size_t lcid, Dictionary& d ) const
{
  ConnectionStatus( connections_ ).get( lcid, d );
}

void
ColumnarConnector::set_synapse_status( const size_t lcid, const Dictionary& d, nest::ConnectorModel& )
{
  ConnectionStatus( connections_ ).set( lcid, d );
}

size_t
ColumnarConnector::target_id( const size_t lcid ) const
{
  return connections_.ends.target( lcid ).get_node_id();
}

bool
ColumnarConnector::is_disabled( const size_t lcid ) const
{
  return connections_.data.index.disabled().contains( lcid );
}

bool
ColumnarConnector::has_label( const size_t lcid, const long label ) const
{
  return connections_.data.labels[ lcid ] == label;
}

// --- searching -----------------------------------------------------------------------------------------

/* Call `found( lcid )` for the connections of a source from number `start_lcid` on, until it returns true. NEST asks for
 * connections that it has sorted. */
template < typename Found >
void
ColumnarConnector::search_source( const size_t start_lcid, Found found ) const
{
  const RunIndex& index = connections_.data.index;
  if ( start_lcid >= index.indexed() )
  {
    return;
  }
  const auto runs = index.runs();
  const size_t first = index.run_of( start_lcid );
  for ( size_t r = first; r < runs.size() and runs[ r ].source == runs[ first ].source; ++r )
  {
    const size_t end = size_t( runs[ r ].first ) + runs[ r ].size;
    for ( size_t lcid = std::max< size_t >( start_lcid, runs[ r ].first ); lcid < end; ++lcid )
    {
      if ( not index.disabled().contains( lcid ) and found( lcid ) )
      {
        return;
      }
    }
  }
}

void
ColumnarConnector::get_target_node_ids( const size_t,
  const size_t start_lcid,
  const std::string& post_synaptic_element,
  std::vector< size_t >& target_node_ids ) const
{
  search_source( start_lcid,
    [ & ]( const size_t lcid )
    {
      const nest::Node& target = connections_.ends.target( lcid );
      if ( target.get_synaptic_elements( post_synaptic_element ) != 0.0 )
      {
        target_node_ids.push_back( target.get_node_id() );
      }
      return false;
    } );
}

size_t
ColumnarConnector::find_first_target( const size_t, const size_t start_lcid, const size_t target_node_id ) const
{
  size_t first = nest::invalid_index;
  search_source( start_lcid,
    [ & ]( const size_t lcid )
    {
      const bool is_found = target_id( lcid ) == target_node_id;
      first = is_found ? lcid : first;
      return is_found;
    } );
  return first;
}

// --- order ---------------------------------------------------------------------------------------------

void
ColumnarConnector::sort_connections( BlockVector< nest::Source >& sources )
{
  connections_.order.sort( sources );
}

void
ColumnarConnector::set_source_has_more_targets( const size_t lcid, const bool more )
{
  connections_.order.note_more( lcid, more );
}

void
ColumnarConnector::disable_connection( const size_t lcid )
{
  host_state().generation.raise();
  connections_.data.index.disable( lcid );
}

void
ColumnarConnector::remove_disabled_connections( const size_t first )
{
  host_state().generation.raise();
  connections_.data.shorten( first );
}

// --- events --------------------------------------------------------------------------------------------

namespace
{

SourceSpike
spike_of( nest::Event& e )
{
  const auto multiplicity = static_cast< nest::SpikeEvent& >( e ).get_multiplicity();
  return { e, e.get_stamp().get_steps(), slice_origin(), multiplicity };
}

} // namespace

/* A spike of a neuron. */
size_t
ColumnarConnector::send( const size_t, const size_t lcid, const std::vector< nest::ConnectorModel* >&, nest::Event& e )
{
  if ( e.is_flush_event() )
  {
    return 0;
  }
  connections_.order.refresh();
  connections_.earlier.tell();
  connections_.delivery.prefetch( lcid );
  connections_.sender.record_with( connections_.model.recorder() );
  return connections_.delivery.send( connections_.data.index.run_of( lcid ), spike_of( e ) );
}

/* An event of a device; all of the connector's connections are its own. NEST does not record their weights. */
void
ColumnarConnector::send_to_all( const size_t, const std::vector< nest::ConnectorModel* >&, nest::Event& e )
{
  if ( e.is_flush_event() )
  {
    return;
  }
  connections_.sender.record_with( nullptr );
  ConnectionData& data = connections_.data;
  if ( not connections_.model.description().plastic )
  {
    for ( size_t lcid = 0; lcid < size(); ++lcid )
    {
      connections_.sender.send( lcid, e, data.table.weight( lcid ) );
    }
    return;
  }
  connections_.order.join();
  connections_.earlier.tell();
  for ( Segment& segment : data.index.segments() )
  {
    segment.source_id = e.get_sender().get_node_id();
  }
  connections_.delivery.send( 0, spike_of( e ) );
}

void
ColumnarConnector::send_weight_event( const size_t,
  const unsigned int lcid,
  nest::Event& e,
  const nest::CommonSynapseProperties& )
{
  connections_.sender.record_with( connections_.model.recorder() );
  if ( connections_.sender.is_recorded() and e.receiver_is_valid() )
  {
    connections_.sender.record( lcid, e.get_weight(), e );
  }
}

/* A volume transmitter is about to forget its spikes. */
void
ColumnarConnector::trigger_update_weight( const long vt_node_id,
  const size_t,
  const std::vector< nest::spikecounter >&,
  const double t_trig,
  const std::vector< nest::ConnectorModel* >& )
{
  if ( connections_.model.transmitters().include( vt_node_id ) )
  {
    connections_.order.refresh();
    connections_.earlier.tell();
    connections_.modulation.deliver( connections_.data.index, steps_of_ms( t_trig ) );
  }
}

} // namespace nestml_jit
