/* Used where NEST was built without the model spike_recorder: no node is one then. */
#ifndef NESTML_JIT_STUB_SPIKE_RECORDER_H
#define NESTML_JIT_STUB_SPIKE_RECORDER_H

#include "recording_device.h"

namespace nest
{

class spike_recorder : public RecordingDevice
{
};

} // namespace nest

#endif /* NESTML_JIT_STUB_SPIKE_RECORDER_H */
