/* Weight and delay of the connections that a call of Connect makes. */
#ifndef NESTML_JIT_GIVEN_PARAMETERS_H
#define NESTML_JIT_GIVEN_PARAMETERS_H

#include "conn_parameter.h"

namespace nestml_jit
{

/* Weight and delay as a call of Connect gives them; null for those that it does not give. */
struct GivenParameters
{
  const nest::ConnParameter* weight = nullptr;
  const nest::ConnParameter* delay = nullptr;

  bool
  weight_varies() const
  {
    return weight and not weight->is_scalar();
  }

  bool
  delay_varies() const
  {
    return delay and not delay->is_scalar();
  }
};

} // namespace nestml_jit

#endif /* NESTML_JIT_GIVEN_PARAMETERS_H */
