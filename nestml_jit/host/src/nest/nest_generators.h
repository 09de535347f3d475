/* What generates in the place of NEST's generators of spikes. */
#ifndef NESTML_JIT_NEST_GENERATORS_H
#define NESTML_JIT_NEST_GENERATORS_H

#include <memory>

#include "node.h"

#include "generators/generator.h"

namespace nestml_jit
{

/* A generator with the parameters that a node has now; null if the node is to send by itself. */
std::shared_ptr< Generator > generator_of( const nest::Node& node, PoissonTables& tables );

} // namespace nestml_jit

#endif /* NESTML_JIT_NEST_GENERATORS_H */
