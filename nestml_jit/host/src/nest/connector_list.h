/* The connections of a synapse model on one thread, for those who have the model. */
#ifndef NESTML_JIT_CONNECTOR_LIST_H
#define NESTML_JIT_CONNECTOR_LIST_H

#include <vector>

namespace nestml_jit
{

class Connections;

/* Those of each live connector of the model. Both sides hold the list, for either may go first. */
struct ConnectorList
{
  std::vector< Connections* > all;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_CONNECTOR_LIST_H */
