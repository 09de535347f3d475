/* What recorders have recorded, as columns. */
#ifndef NESTML_JIT_RECORDINGS_H
#define NESTML_JIT_RECORDINGS_H

#include <cstddef>
#include <cstdint>

#include "recorders/event_rows.h"
#include "recorders/samples.h"

namespace nestml_jit
{

/* How a recorder's events are kept. */
enum class RecordingKind
{
  elsewhere, /* as NEST shows them only */
  events,    /* columns of events */
  samples    /* matrices of samples */
};

/* How a recorder's events are kept; an error if the node is no recorder of spikes or samples, or does not record in memory. */
RecordingKind recording_kind( uint64_t device );

/* Events of a recorder of that kind on a thread. */
const EventRows& recorded_events( uint64_t device, size_t thread );

/* A stretch of the samples of a multimeter of that kind, null behind the last one. */
const SampleStretch* recorded_samples( uint64_t device, size_t number );

} // namespace nestml_jit

#endif /* NESTML_JIT_RECORDINGS_H */
