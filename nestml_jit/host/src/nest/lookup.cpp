#include "nest/lookup.h"

#include <deque>

#include "kernel_manager.h"
#include "node_manager.h"

#include "nest/device_rows.h"
#include "nest/shell.h"
#include "nest/threads.h"

namespace nestml_jit
{

Shell*
find_shell( const uint64_t node_id )
{
  return dynamic_cast< Shell* >( nest::kernel().node_manager.get_node_or_proxy( node_id, thread_of( node_id ) ) );
}

bool
knows_connections()
{
  return nest::kernel().connection_manager.get_keep_source_table();
}

std::set< size_t >
connected_receptors( const uint64_t node_id )
{
  const nest::ConnectionManager& manager = nest::kernel().connection_manager;
  const nest::NodeCollectionPTR target = nest::NodeCollection::create( node_id );
  std::deque< nest::ConnectionID > found;
  for ( size_t syn_id = 0; syn_id < nest::kernel().model_manager.get_num_connection_models(); ++syn_id )
  {
    manager.get_connections( found, nullptr, target, syn_id, nest::UNLABELED_CONNECTION );
  }
  std::set< size_t > receptors;
  for ( const nest::ConnectionID& id : found )
  {
    const Dictionary status = manager.get_synapse_status(
      id.get_source_node_id(), node_id, id.get_target_thread(), id.get_synapse_model_id(), id.get_port() );
    receptors.insert( static_cast< size_t >( status.get< long >( "receptor" ) ) );
  }
  return receptors;
}

/* Waiting for these is most of a spike's cost. */
void
prefetch_spike( const Shell& node, const uint64_t node_id, const size_t thread )
{
  constexpr size_t cache_line = 64; // bytes
  const auto* const memory = reinterpret_cast< const char* >( &node );
  const size_t lid = place_in_thread( node_id );
  __builtin_prefetch( memory );
  __builtin_prefetch( memory + cache_line );
  __builtin_prefetch( DeviceRows::row( thread, lid ) );
  __builtin_prefetch( &nest::kernel().connection_manager.get_remote_targets_of_local_node( thread, lid ) );
}

} // namespace nestml_jit
