/* NEST's connectors, of which it hands out none. */
#ifndef NESTML_JIT_CONNECTORS_H
#define NESTML_JIT_CONNECTORS_H

#include <vector>

#include "connection_manager.h"
#include "connector_base.h"

#include "nest/private_member.h"

namespace nestml_jit
{

/* The connectors between nodes: [thread][synapse model], null where there are no connections. */
struct Connectors
{
  using type = std::vector< std::vector< nest::ConnectorBase* > > nest::ConnectionManager::*;
  friend type reveal( Connectors );
};

template struct Reveal< Connectors, &nest::ConnectionManager::connections_ >;

} // namespace nestml_jit

#endif /* NESTML_JIT_CONNECTORS_H */
