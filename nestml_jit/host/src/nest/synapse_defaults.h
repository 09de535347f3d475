/* What connections of a synapse model have unless they are given something else. */
#ifndef NESTML_JIT_SYNAPSE_DEFAULTS_H
#define NESTML_JIT_SYNAPSE_DEFAULTS_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nest_types.h"

namespace nestml_jit
{

struct SynapseDefaults
{
  std::vector< double > row;               /* of the variables */
  std::vector< bool > given;               /* which of them users set */
  double delay = 1.0;                      /* ms */
  size_t receptor = 0;                     /* NEST's receptor type */
  long label = nest::UNLABELED_CONNECTION; /* if the model has labels */
  uint64_t revision = 0;                   /* raised with each change */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SYNAPSE_DEFAULTS_H */
