#include "nest/handshake.h"

#include <string>
#include <typeinfo>

#include "archiving_node.h"
#include "kernel_manager.h"
#include "proxynode.h"

#include "host_state.h"
#include "nest/models.h"
#include "nest/recordables.h"
#include "nest/shell.h"
#include "nest/synapse_model.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

namespace
{

/* Stands for the synapse when the source is asked which events it sends: a plastic synapse takes
 * spikes of neurons only, one that just passes a weight on takes everything that is delayed. */
class Dummy : public nest::ConnTestDummyNodeBase
{
public:
  using nest::ConnTestDummyNodeBase::handles_test_event;

  Dummy( const std::string& model, const bool plastic )
    : model_( model )
    , plastic_( plastic )
  {
  }

  size_t
  handles_test_event( nest::SpikeEvent&, size_t ) override
  {
    return nest::invalid_port;
  }
  size_t
  handles_test_event( nest::RateEvent&, size_t ) override
  {
    return unless_plastic();
  }
  size_t
  handles_test_event( nest::DataLoggingRequest&, size_t ) override
  {
    return unless_plastic();
  }
  size_t
  handles_test_event( nest::CurrentEvent&, size_t ) override
  {
    return unless_plastic();
  }
  size_t
  handles_test_event( nest::ConductanceEvent&, size_t ) override
  {
    return unless_plastic();
  }
  size_t
  handles_test_event( nest::DoubleDataEvent&, size_t ) override
  {
    return unless_plastic();
  }
  size_t
  handles_test_event( nest::DSSpikeEvent&, size_t ) override
  {
    return unless_plastic();
  }
  size_t
  handles_test_event( nest::DSCurrentEvent&, size_t ) override
  {
    return unless_plastic();
  }

private:
  size_t
  unless_plastic() const
  {
    if ( plastic_ )
    {
      throw nest::IllegalConnection( "The synapse model '" + model_
        + "' has dynamics of its own, driven by spikes of neurons; a device cannot be its source. Put a "
          "parrot_neuron between a generator of spikes and the synapse, or use a synapse model that only passes a "
          "weight on." );
    }
    return nest::invalid_port;
  }

  const std::string& model_;
  const bool plastic_;
};

/* Say if a node is a lane of a block, or stands for one on another thread. */
bool
stands_for_shell( nest::Node& node )
{
  return as_shell( node )
    or ( typeid( node ) == typeid( nest::proxynode ) and is_model_of_shells( node.get_model_id() ) );
}

} // namespace

Handshake::Handshake( const SynapseModel& model )
  : model_( model )
{
}

size_t
Handshake::shake_hands( nest::Node& source, nest::Node& target, const size_t receptor ) const
{
  const std::string name = model_.get_name();
  model_.transmitters().check( name );
  const auto syn_id = static_cast< nest::synindex >( model_.get_syn_id() );
  Dummy dummy( name, model_.description().plastic );
  source.send_test_event( dummy, receptor, syn_id, true );
  const size_t rport = source.send_test_event( target, receptor, syn_id, false );
  if ( not( source.sends_signal() & target.receives_signal() ) )
  {
    throw nest::IllegalConnection( "Source and target neuron are not compatible (e.g., spiking vs binary neuron)." );
  }
  const Shell* const shell = as_shell( target );
  if ( not shell )
  {
    check_foreign( target );
    return rport;
  }
  check_refused( shell->type() );
  return thread_state().last_sends_spikes
    ? shell->block()->receptors().layout( shell->lane() ).receptor( rport )->route()
    : rport;
}

/* Raise an error if neurons of a type were found to be no targets of the synapse model. */
void
Handshake::check_refused( const NeuronType& type ) const
{
  const auto refused = host_state().refused_pairs.find( { type.name(), model_.get_name() } );
  if ( refused != host_state().refused_pairs.end() )
  {
    throw nest::IllegalConnection( refused->second );
  }
}

/* Raise an error unless one of NEST's own nodes gives the synapse all it reads of its target. */
void
Handshake::check_foreign( nest::Node& target ) const
{
  const SynapseDescription& description = model_.description();
  const std::string name = model_.get_name();
  const auto refuse = [ & ]( const std::string& reason )
  {
    throw nest::IllegalConnection( "The synapse model '" + name + "' " + reason + ", and node "
      + std::to_string( target.get_node_id() ) + " is a '" + target.get_name()
      + "' of NEST. Use a neuron model from NESTML." );
  };
  if ( description.has_post and not dynamic_cast< const nest::ArchivingNode* >( &target ) )
  {
    refuse( "depends on the target's spikes, which only neurons keep" );
  }
  if ( description.reads_target and model_.recordables().empty() )
  {
    throw nest::KernelException( "The host was not told what '" + name + "' reads of NEST's own neurons." );
  }
  for ( const auto& [ port, recordable ] : model_.recordables() )
  {
    const std::string reason = Recordables::of( target.get_thread() ).refusal( target, port, recordable, name );
    if ( not reason.empty() )
    {
      throw nest::IllegalConnection( reason );
    }
  }
}

size_t
Handshake::rport( nest::Node& source, nest::Node& target, const size_t receptor )
{
  if ( source.get_model_id() == last_.source_model and target.get_model_id() == last_.target_model
    and receptor == last_.receptor )
  {
    return last_.rport;
  }
  const size_t port = shake_hands( source, target, receptor );
  const Shell* const shell = as_shell( target );
  note_pair( shell ? &shell->type() : nullptr );
  if ( shell and not shell->type().ports().are_resizable() and stands_for_shell( source ) )
  {
    last_ = { source.get_model_id(), target.get_model_id(), receptor, port };
  }
  return port;
}

/* Note that a type of neurons, or (null) one of NEST's own, is a target of this model. */
void
Handshake::note_pair( const NeuronType* const type )
{
  host_state().generation.raise();
  if ( ( type or model_.description().plastic ) and seen_.insert( type ).second )
  {
#pragma omp critical( nestml_jit_pairs )
    host_state().new_pairs.insert( { type ? type->name() : "", model_.get_name() } );
  }
}

} // namespace nestml_jit
