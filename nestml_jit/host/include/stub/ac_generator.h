/* Used where NEST was built without the model ac_generator: no node is one then. */
#ifndef NESTML_JIT_STUB_AC_GENERATOR_H
#define NESTML_JIT_STUB_AC_GENERATOR_H

#include "stimulation_device.h"

namespace nest
{

class ac_generator : public StimulationDevice
{
};

} // namespace nest

#endif /* NESTML_JIT_STUB_AC_GENERATOR_H */
