/* Used where NEST was built without the model inhomogeneous_poisson_generator: no node is one then. */
#ifndef NESTML_JIT_STUB_INHOMOGENEOUS_POISSON_GENERATOR_H
#define NESTML_JIT_STUB_INHOMOGENEOUS_POISSON_GENERATOR_H

#include "stimulation_device.h"

namespace nest
{

class inhomogeneous_poisson_generator : public StimulationDevice
{
  struct Buffers_
  {
    double rate_;
  };

  Buffers_ B_;
};

} // namespace nest

#endif /* NESTML_JIT_STUB_INHOMOGENEOUS_POISSON_GENERATOR_H */
