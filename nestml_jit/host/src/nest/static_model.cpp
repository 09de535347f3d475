#include "nest/static_model.h"

#include <typeinfo>

#include "connector_model_impl.h"
#include "kernel_manager.h"

#include "host_state.h"
#include "nest/connection_models.h"
#include "nest/connectors.h"
#include "nest/shell.h"
#include "nest/threads.h"

namespace nestml_jit
{

StaticModel::StaticModel( const Base& other, const std::string& name )
  : Base( other, name )
{
}

nest::ConnectorModel*
StaticModel::clone( std::string name, const nest::synindex syn_id ) const
{
  auto* const copy = new StaticModel( *this, name );
  copy->set_syn_id( syn_id );
  return copy;
}

/* A connector of ours: the one that is there, a new one, or one that takes over from NEST's. */
StaticConnector&
StaticModel::own( nest::ConnectorBase*& connector, const nest::synindex syn_id, const size_t thread ) const
{
  if ( StaticConnector* const present = as_static( connector ) )
  {
    return *present;
  }
  auto* const other = static_cast< StaticSynapses* >( connector );
  auto* const made = new StaticConnector( syn_id, thread );
  if ( other )
  {
    made->connections().take_over( *other );
    delete other;
  }
  connector = made;
  return *made;
}

void
StaticModel::add_connection( nest::Node& source,
  nest::Node& target,
  std::vector< nest::ConnectorBase* >& connectors,
  const nest::synindex syn_id,
  const Dictionary& d,
  const double delay,
  const double weight )
{
  const auto thread = static_cast< size_t >( target.get_thread() );
  const auto& between_neurons = nest::kernel().connection_manager.*reveal( Connectors() );
  const bool is_own = &connectors == &between_neurons[ thread ]
    and ( as_static( connectors[ syn_id ] ) or ( host_state().stores_static_synapses and as_shell( target ) ) );
  if ( not is_own )
  {
    Base::add_connection( source, target, connectors, syn_id, d, delay, weight );
    return;
  }
  constexpr size_t most = 512; // drafts that are kept before they are thrown away
  if ( not drafted_ or drafted_->size() == most )
  {
    drafted_ = std::make_unique< StaticSynapses >( syn_id );
    drafts_.assign( syn_id + 1, nullptr );
    drafts_[ syn_id ] = drafted_.get();
  }
  thread_state().last_sends_spikes = false;
  Base::add_connection( source, target, drafts_, syn_id, d, delay, weight );
  own( connectors[ syn_id ], syn_id, thread )
    .connections()
    .add( newest( *drafted_ ), thread_state().last_sends_spikes );
}

StaticConnector*
as_static( nest::ConnectorBase* const connector )
{
  const bool is_static = connector and typeid( *connector ) == typeid( StaticConnector );
  return is_static ? static_cast< StaticConnector* >( connector ) : nullptr;
}

bool
is_static_model( const size_t syn_id )
{
  const nest::ConnectorModel& model =
    nest::kernel().model_manager.get_connection_model( static_cast< nest::synindex >( syn_id ), 0 );
  return host_state().stores_static_synapses and typeid( model ) == typeid( StaticModel );
}

void
install_static_models()
{
  for ( auto& models : nest::kernel().model_manager.*reveal( ConnectionModels() ) )
  {
    for ( nest::ConnectorModel*& model : models )
    {
      if ( model and typeid( *model ) == typeid( StaticModel::Base ) )
      {
        auto* const made = new StaticModel( static_cast< const StaticModel::Base& >( *model ), model->get_name() );
        delete model;
        model = made;
      }
    }
  }
}

size_t
static_connections( const std::string& model )
{
  const size_t id = nest::kernel().model_manager.get_synapse_model_id( model );
  size_t number = 0;
  for ( const auto& connectors : nest::kernel().connection_manager.*reveal( Connectors() ) )
  {
    const StaticConnector* const connector = as_static( connectors.at( id ) );
    number += connector ? connector->size() : 0;
  }
  return number;
}

} // namespace nestml_jit
