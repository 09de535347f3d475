/* Used where NEST was built without the model step_current_generator: no node is one then. */
#ifndef NESTML_JIT_STUB_STEP_CURRENT_GENERATOR_H
#define NESTML_JIT_STUB_STEP_CURRENT_GENERATOR_H

#include "stimulation_device.h"

namespace nest
{

class step_current_generator : public StimulationDevice
{
};

} // namespace nest

#endif /* NESTML_JIT_STUB_STEP_CURRENT_GENERATOR_H */
