/* A node in front of all others of a thread while NEST simulates: it is updated first in each slice. */
#ifndef NESTML_JIT_FRONT_H
#define NESTML_JIT_FRONT_H

#include <memory>
#include <utility>
#include <vector>

#include "node.h"

#include "nest/connections.h"
#include "nest/connector_list.h"

namespace nestml_jit
{

/* NEST updates nodes in the order of their thread's array, after all events of the slice before are delivered. */
class Front : public nest::Node
{
public:
  explicit Front( std::vector< std::shared_ptr< ConnectorList > > lists )
    : lists_( std::move( lists ) )
  {
  }

  void
  update( const nest::Time& origin, const long from, const long ) override
  {
    for ( size_t k = 0; from == 0 and k < lists_.size(); ++k )
    {
      for ( Connections* const connections : lists_[ k ]->all )
      {
        connections->emit_until( origin.get_steps() );
      }
    }
  }

  void
  pre_run_hook() override
  {
  }

  void
  get_status( Dictionary& ) const override
  {
  }

  void
  set_status( const Dictionary& ) override
  {
  }

private:
  std::vector< std::shared_ptr< ConnectorList > > lists_; /* connectors of the thread */
};

/* Let synapses that emit at times of their own do so before NEST's own neurons are updated, from now on. */
void begin_fronts();

/* ... and no longer. */
void end_fronts();

} // namespace nestml_jit

#endif /* NESTML_JIT_FRONT_H */
