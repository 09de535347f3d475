/* The connections of a device along which NEST still sends, while blocks generate the input of the others. */
#ifndef NESTML_JIT_REMAINING_TARGETS_H
#define NESTML_JIT_REMAINING_TARGETS_H

#include <cstddef>
#include <utility>
#include <vector>

#include "connector_base.h"

namespace nestml_jit
{

/* Stands in NEST's table of devices in the place of a connector while NEST simulates. It sends along some of its
 * connections, and leaves everything else to it. */
class RemainingTargets : public nest::ConnectorBase
{
public:
  /* `numbers` are those of the connections that remain. */
  RemainingTargets( nest::ConnectorBase& whole, std::vector< size_t > numbers )
    : whole_( whole )
    , numbers_( std::move( numbers ) )
  {
  }

  nest::ConnectorBase&
  whole() const
  {
    return whole_;
  }

  void
  send_to_all( const size_t tid, const std::vector< nest::ConnectorModel* >& cm, nest::Event& e ) override
  {
    for ( const size_t lcid : numbers_ )
    {
      whole_.send( tid, lcid, cm, e );
    }
  }

  size_t
  send( const size_t tid, const size_t lcid, const std::vector< nest::ConnectorModel* >& cm, nest::Event& e ) override
  {
    return whole_.send( tid, lcid, cm, e );
  }

  nest::synindex
  get_syn_id() const override
  {
    return whole_.get_syn_id();
  }

  size_t
  size() const override
  {
    return whole_.size();
  }

  void
  get_synapse_status( const size_t tid, const size_t lcid, Dictionary& d ) const override
  {
    whole_.get_synapse_status( tid, lcid, d );
  }

  void
  set_synapse_status( const size_t lcid, const Dictionary& d, nest::ConnectorModel& cm ) override
  {
    whole_.set_synapse_status( lcid, d, cm );
  }

  void
  get_connection( const size_t source,
    const size_t target,
    const size_t tid,
    const size_t lcid,
    const long label,
    std::deque< nest::ConnectionID >& found ) const override
  {
    whole_.get_connection( source, target, tid, lcid, label, found );
  }

  void
  get_connection_with_specified_targets( const size_t source,
    const std::vector< size_t >& targets,
    const size_t tid,
    const size_t lcid,
    const long label,
    std::deque< nest::ConnectionID >& found ) const override
  {
    whole_.get_connection_with_specified_targets( source, targets, tid, lcid, label, found );
  }

  void
  get_all_connections( const size_t source,
    const size_t target,
    const size_t tid,
    const long label,
    std::deque< nest::ConnectionID >& found ) const override
  {
    whole_.get_all_connections( source, target, tid, label, found );
  }

  void
  get_source_lcids( const size_t tid, const size_t target, std::vector< size_t >& lcids ) const override
  {
    whole_.get_source_lcids( tid, target, lcids );
  }

  void
  get_target_node_ids( const size_t tid,
    const size_t first,
    const std::string& element,
    std::vector< size_t >& targets ) const override
  {
    whole_.get_target_node_ids( tid, first, element, targets );
  }

  size_t
  get_target_node_id( const size_t tid, const unsigned int lcid ) const override
  {
    return whole_.get_target_node_id( tid, lcid );
  }

  void
  send_weight_event( const size_t tid,
    const unsigned int lcid,
    nest::Event& e,
    const nest::CommonSynapseProperties& cp ) override
  {
    whole_.send_weight_event( tid, lcid, e, cp );
  }

  void
  trigger_update_weight( const long vt,
    const size_t tid,
    const std::vector< nest::spikecounter >& spikes,
    const double t,
    const std::vector< nest::ConnectorModel* >& cm ) override
  {
    whole_.trigger_update_weight( vt, tid, spikes, t, cm );
  }

  void
  sort_connections( BlockVector< nest::Source >& sources ) override
  {
    whole_.sort_connections( sources );
  }

  void
  set_source_has_more_targets( const size_t lcid, const bool more ) override
  {
    whole_.set_source_has_more_targets( lcid, more );
  }

  size_t
  find_first_target( const size_t tid, const size_t first, const size_t target ) const override
  {
    return whole_.find_first_target( tid, first, target );
  }

  size_t
  find_enabled_connection( const size_t tid,
    const size_t syn_id,
    const size_t source,
    const size_t target,
    const nest::SourceTable& sources ) const override
  {
    return whole_.find_enabled_connection( tid, syn_id, source, target, sources );
  }

  void
  disable_connection( const size_t lcid ) override
  {
    whole_.disable_connection( lcid );
  }

  void
  remove_disabled_connections( const size_t first ) override
  {
    whole_.remove_disabled_connections( first );
  }

private:
  nest::ConnectorBase& whole_;
  std::vector< size_t > numbers_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_REMAINING_TARGETS_H */
