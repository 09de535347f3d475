/* The connections of a device along which NEST still sends, while blocks generate the input of the others. */
#ifndef NESTML_JIT_REMAINING_TARGETS_H
#define NESTML_JIT_REMAINING_TARGETS_H

#include <cstddef>
#include <utility>
#include <vector>

#include "connector_base.h"
#include "event.h"

#include "nest/shell.h"

namespace nestml_jit
{

/* An event that takes another one along a connector's connections, and has it arrive at nodes that are not ours. */
class ForOthers : public nest::SpikeEvent
{
public:
  explicit ForOthers( nest::Event& event )
    : event_( event )
  {
  }

  void
  operator()() override
  {
    if ( not as_shell( get_receiver() ) )
    {
      event_.set_port( get_port() );
      event_.set_receiver( get_receiver() );
      event_.set_rport( get_rport() );
      event_.set_weight( get_weight() );
      event_.set_delay_steps( get_delay_steps() );
      event_();
    }
  }

private:
  nest::Event& event_;
};

/* Stands in NEST's table of devices in the place of a connector while NEST simulates. It sends along some of its
 * connections, and leaves everything else to it. */
class RemainingTargets : public nest::ConnectorBase
{
public:
  /* `numbers` are those of the connections that remain. Where single ones cannot be sent along as NEST does when it sends
   * along all, `passes_all`. */
  RemainingTargets( nest::ConnectorBase& whole, std::vector< size_t > numbers, const bool passes_all )
    : whole_( whole )
    , numbers_( std::move( numbers ) )
    , passes_all_( passes_all )
  {
  }

  /* A simulation begins, after parameters of the device were set if `is_changed`. */
  virtual void
  begin_run( [[maybe_unused]] const bool is_changed )
  {
  }

  /* ... and has ended. */
  virtual void
  end_run()
  {
  }

  /* NEST sends by itself again. */
  virtual void
  give_back()
  {
  }

  nest::ConnectorBase&
  whole() const
  {
    return whole_;
  }

  /* Whether NEST is to send anything to this. */
  virtual bool
  is_needed() const
  {
    return not numbers_.empty();
  }

  void
  send_to_all( const size_t tid, const std::vector< nest::ConnectorModel* >& cm, nest::Event& e ) override
  {
    if ( passes_all_ and not numbers_.empty() )
    {
      ForOthers for_others( e );
      whole_.send_to_all( tid, cm, for_others );
      return;
    }
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
  bool passes_all_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_REMAINING_TARGETS_H */
