/* All connections between neurons of NEST's static synapse, or of a copy of it, on one thread. */
#ifndef NESTML_JIT_STATIC_CONNECTOR_H
#define NESTML_JIT_STATIC_CONNECTOR_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nest/listed_connector.h"
#include "nest/static_connections.h"

namespace nestml_jit
{

/* Does what NEST's connector of static synapses does, with the same results, and has connections in the same order. */
class StaticConnector : public ListedConnector
{
public:
  StaticConnector( nest::synindex syn_id, size_t thread );

  StaticConnector( const StaticConnector& ) = delete;
  StaticConnector& operator=( const StaticConnector& ) = delete;

  StaticConnections&
  connections()
  {
    return connections_;
  }

  nest::synindex
  get_syn_id() const override
  {
    return connections_.syn_id();
  }

  size_t
  size() const override
  {
    return connections_.columns().size();
  }

  void get_synapse_status( size_t tid, size_t lcid, Dictionary& d ) const override;
  void set_synapse_status( size_t lcid, const Dictionary& d, nest::ConnectorModel& cm ) override;
  void get_target_node_ids( size_t tid,
    size_t first,
    const std::string& element,
    std::vector< size_t >& targets ) const override;
  void send_to_all( size_t tid, const std::vector< nest::ConnectorModel* >& cm, nest::Event& e ) override;
  size_t send( size_t tid, size_t lcid, const std::vector< nest::ConnectorModel* >& cm, nest::Event& e ) override;
  void send_weight_event( size_t tid,
    unsigned int lcid,
    nest::Event& e,
    const nest::CommonSynapseProperties& common ) override;
  void trigger_update_weight( long vt,
    size_t tid,
    const std::vector< nest::spikecounter >& spikes,
    double t,
    const std::vector< nest::ConnectorModel* >& cm ) override;
  void sort_connections( BlockVector< nest::Source >& sources ) override;
  void set_source_has_more_targets( size_t lcid, bool more ) override;
  size_t find_first_target( size_t tid, size_t first, size_t target ) const override;
  void disable_connection( size_t lcid ) override;
  void remove_disabled_connections( size_t first ) override;

private:
  size_t
  target_id( const size_t lcid ) const override
  {
    return connections_.target( lcid ).get_node_id();
  }

  bool
  is_disabled( const size_t lcid ) const override
  {
    return connections_.is_disabled( lcid );
  }

  bool
  has_label( size_t, long ) const override
  {
    return false;
  }

  size_t send_recorded( size_t tid, size_t lcid, nest::Event& e, const nest::CommonSynapseProperties& common );

  StaticConnections connections_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_STATIC_CONNECTOR_H */
