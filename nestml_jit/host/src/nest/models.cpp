#include "nest/models.h"

#include "connector_model_impl.h"
#include "genericmodel_impl.h"
#include "kernel_manager.h"
#include "model_manager_impl.h"

#include "nest/bulk_rules.h"
#include "nest/errors.h"
#include "nest/shell_model.h"
#include "nest/static_model.h"
#include "nest/synapse_model.h"
#include "nest/threads.h"

namespace nestml_jit
{

void
register_neuron( const std::string& name )
{
  nest::kernel().model_manager.register_node_model< Shell >( name );
  install_static_models();
  install_bulk_rules();
}

void
register_synapse( const std::string& name )
{
  nest::kernel().model_manager.register_connection_model< ShellConnection >( name );
  install_bulk_rules();
}

void
for_each_thread( const std::string& synapse, const std::function< void( SynapseModel& ) >& action )
{
  auto& models = nest::kernel().model_manager;
  const auto id = static_cast< nest::synindex >( models.get_synapse_model_id( synapse ) );
  for ( size_t thread = 0; thread < number_of_threads(); ++thread )
  {
    auto* const model = dynamic_cast< SynapseModel* >( models.get_connection_models( thread ).at( id ) );
    if ( not model )
    {
      throw_unknown_synapse( synapse );
    }
    action( *model );
  }
}

void
for_each_synapse_model( const std::function< void( SynapseModel& ) >& action )
{
  for ( size_t thread = 0; thread < number_of_threads(); ++thread )
  {
    for ( nest::ConnectorModel* const any : nest::kernel().model_manager.get_connection_models( thread ) )
    {
      if ( auto* const model = dynamic_cast< SynapseModel* >( any ) )
      {
        action( *model );
      }
    }
  }
}

bool
is_model_of_shells( const size_t model )
{
  nest::Model* const found = nest::kernel().model_manager.get_node_model( model );
  return dynamic_cast< nest::GenericModel< Shell >* >( found ) != nullptr;
}

bool
is_ours( const uint64_t node_id )
{
  return is_model_of_shells( nest::kernel().modelrange_manager.get_model_id( node_id ) );
}

} // namespace nestml_jit
