/* Used where NEST was built without the models multimeter and voltmeter: no node is one then. */
#ifndef NESTML_JIT_STUB_MULTIMETER_H
#define NESTML_JIT_STUB_MULTIMETER_H

#include "recording_device.h"

namespace nest
{

class multimeter : public RecordingDevice
{
};

class voltmeter : public multimeter
{
};

} // namespace nest

#endif /* NESTML_JIT_STUB_MULTIMETER_H */
