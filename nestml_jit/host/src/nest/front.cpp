/* Between NEST's deliveries and its updates of nodes: what synapses emit by themselves reaches NEST's own neurons. */
#include "nest/front.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "kernel_manager.h"

#include "host_state.h"
#include "nest/synapse_model.h"
#include "nest/thread_nodes.h"
#include "nest/threads.h"

namespace nestml_jit
{

namespace
{

using Lists = std::vector< std::shared_ptr< ConnectorList > >;

/* The connectors of a thread that have something to emit to NEST's own neurons, or may get some while NEST runs. */
Lists
emitting( const size_t thread )
{
  const bool grows = nest::kernel().sp_manager.is_structural_plasticity_enabled();
  Lists found;
  for ( nest::ConnectorModel* const any : nest::kernel().model_manager.get_connection_models( thread ) )
  {
    auto* const model = dynamic_cast< SynapseModel* >( any );
    if ( not model or not model->description().emits_apart )
    {
      continue;
    }
    const auto& all = model->connectors()->all;
    if ( grows or std::any_of( all.begin(), all.end(), []( const auto* item ) { return item->rests(); } ) )
    {
      found.push_back( model->connectors() );
    }
  }
  return found;
}

/* Synapses that name their targets by places in the array of nodes find others while a node is in front. */
void
refuse_places()
{
  const std::string name = model_that_counts_nodes();
  if ( not name.empty() )
  {
    throw nest::KernelException( "Synapses from NESTML that emit at other times than those of presynaptic spikes, "
                                 "onto neurons of NEST's own, cannot be simulated beside connections of '"
      + name + "': use the model without '_hpc'." );
  }
}

} // namespace

void
begin_fronts()
{
  end_fronts();
  const size_t threads = number_of_threads();
  std::vector< Lists > lists;
  for ( size_t thread = 0; thread < threads; ++thread )
  {
    lists.push_back( emitting( thread ) );
  }
  host_state().wants_fronts =
    std::any_of( lists.begin(), lists.end(), []( const Lists& item ) { return not item.empty(); } );
  if ( not host_state().wants_fronts )
  {
    return;
  }
  refuse_places();
  nest::NodeManager& manager = nest::kernel().node_manager;
  if ( not manager.thread_local_data_is_up_to_date() )
  {
    manager.update_thread_local_node_data(); // places are numbered without what is put in front
  }
  for ( size_t thread = 0; thread < threads; ++thread )
  {
    host_state().fronts.push_back( std::make_unique< Front >( std::move( lists[ thread ] ) ) );
    const nest::SparseNodeArray::NodeEntry front( *host_state().fronts.back(), 0 );
    auto& nodes = nodes_of( thread );
    nodes.push_back( front );
    for ( size_t k = nodes.size() - 1; k > 0; --k )
    {
      nodes[ k ] = nodes[ k - 1 ];
    }
    nodes[ 0 ] = front;
  }
}

void
end_fronts()
{
  for ( size_t thread = 0; thread < host_state().fronts.size(); ++thread )
  {
    auto& nodes = nodes_of( thread );
    for ( size_t k = 1; k < nodes.size(); ++k )
    {
      nodes[ k - 1 ] = nodes[ k ];
    }
    nodes.erase( nodes.end() - 1, nodes.end() );
  }
  host_state().fronts.clear();
}

} // namespace nestml_jit
