/* NEST's models of connections, as it has them. */
#ifndef NESTML_JIT_CONNECTION_MODELS_H
#define NESTML_JIT_CONNECTION_MODELS_H

#include <vector>

#include "model_manager.h"

#include "nest/private_member.h"

namespace nestml_jit
{

/* [thread][synapse model]. */
struct ConnectionModels
{
  using type = std::vector< std::vector< nest::ConnectorModel* > > nest::ModelManager::*;
  friend type reveal( ConnectionModels );
};

template struct Reveal< ConnectionModels, &nest::ModelManager::connection_models_ >;

} // namespace nestml_jit

#endif /* NESTML_JIT_CONNECTION_MODELS_H */
