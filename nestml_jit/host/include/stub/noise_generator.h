/* Used where NEST was built without the model noise_generator: no node is one then. */
#ifndef NESTML_JIT_STUB_NOISE_GENERATOR_H
#define NESTML_JIT_STUB_NOISE_GENERATOR_H

#include <cstddef>
#include <vector>

#include "stimulation_device.h"

namespace nest
{

class noise_generator : public StimulationDevice
{
  struct Parameters_
  {
    size_t num_targets_;
  };

  struct Buffers_
  {
    long next_step_;
    std::vector< double > amps_;
  };

  Parameters_ P_;
  Buffers_ B_;
};

} // namespace nest

#endif /* NESTML_JIT_STUB_NOISE_GENERATOR_H */
