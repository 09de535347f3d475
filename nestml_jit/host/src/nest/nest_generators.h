/* What generates in the place of NEST's generators of spikes. */
#ifndef NESTML_JIT_NEST_GENERATORS_H
#define NESTML_JIT_NEST_GENERATORS_H

#include <memory>

#include "node.h"

#include "generators/generator.h"

namespace nestml_jit
{

/* What can be taken over of a device. */
enum class Takes
{
  nothing,
  spikes,          /* drawn for each target */
  noise,           /* likewise */
  common_currents, /* the same for all targets */
};

Takes takes_over( const nest::Node& node );

/* What draws spikes in the place of a node, which is one of these. */
std::shared_ptr< Generator > generator_of( const nest::Node& node, PoissonTables& tables );

} // namespace nestml_jit

#endif /* NESTML_JIT_NEST_GENERATORS_H */
