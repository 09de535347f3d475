/* The columnar connector: NEST's interface to all connections of one synapse model on one thread. */
#ifndef NESTML_JIT_COLUMNAR_CONNECTOR_H
#define NESTML_JIT_COLUMNAR_CONNECTOR_H

#include <memory>
#include <string>
#include <vector>

#include "nest/connection_status.h"
#include "nest/connections.h"
#include "nest/connector_list.h"
#include "nest/listed_connector.h"

namespace nestml_jit
{

class SynapseModel;

/* Translates what NEST asks of a connector; the connections themselves are in their parts. */
class ColumnarConnector : public ListedConnector
{
public:
  ColumnarConnector( nest::synindex syn_id, SynapseModel& model );
  ~ColumnarConnector() override;

  ColumnarConnector( const ColumnarConnector& ) = delete;
  ColumnarConnector& operator=( const ColumnarConnector& ) = delete;

  Connections&
  connections()
  {
    return connections_;
  }

  nest::synindex
  get_syn_id() const override
  {
    return connections_.ends.syn_id();
  }

  size_t
  size() const override
  {
    return connections_.data.size();
  }

  void get_synapse_status( const size_t tid, const size_t lcid, Dictionary& d ) const override;
  void set_synapse_status( const size_t lcid, const Dictionary& d, nest::ConnectorModel& cm ) override;
  void get_target_node_ids( const size_t tid,
    const size_t start_lcid,
    const std::string& post_synaptic_element,
    std::vector< size_t >& target_node_ids ) const override;
  void send_to_all( const size_t tid, const std::vector< nest::ConnectorModel* >& cm, nest::Event& e ) override;
  size_t
  send( const size_t tid, const size_t lcid, const std::vector< nest::ConnectorModel* >& cm, nest::Event& e ) override;
  void send_weight_event( const size_t tid,
    const unsigned int lcid,
    nest::Event& e,
    const nest::CommonSynapseProperties& ) override;
  void trigger_update_weight( const long vt_node_id,
    const size_t tid,
    const std::vector< nest::spikecounter >& spikes,
    const double t_trig,
    const std::vector< nest::ConnectorModel* >& cm ) override;
  void sort_connections( BlockVector< nest::Source >& sources ) override;
  void set_source_has_more_targets( const size_t lcid, const bool more ) override;
  size_t find_first_target( const size_t tid, const size_t start_lcid, const size_t target_node_id ) const override;
  void disable_connection( const size_t lcid ) override;
  void remove_disabled_connections( const size_t first_disabled_index ) override;

private:
  size_t target_id( size_t lcid ) const override;
  bool is_disabled( size_t lcid ) const override;
  bool has_label( size_t lcid, long label ) const override;
  template < typename Found >
  void search_source( size_t start_lcid, Found found ) const;

  std::shared_ptr< ConnectorList > list_;
  mutable Connections connections_; /* with memory to work in, also for those who only look */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_COLUMNAR_CONNECTOR_H */
