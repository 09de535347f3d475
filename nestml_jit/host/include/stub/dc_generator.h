/* Used where NEST was built without the model dc_generator: no node is one then. */
#ifndef NESTML_JIT_STUB_DC_GENERATOR_H
#define NESTML_JIT_STUB_DC_GENERATOR_H

#include "stimulation_device.h"

namespace nest
{

class dc_generator : public StimulationDevice
{
};

} // namespace nest

#endif /* NESTML_JIT_STUB_DC_GENERATOR_H */
