/* Events along connections through NEST's own path. */
#ifndef NESTML_JIT_EVENT_SENDER_H
#define NESTML_JIT_EVENT_SENDER_H

#include <cstdint>

#include "nest/connection_ends.h"
#include "synapses/connection_data.h"

namespace nest
{
class Event;
class weight_recorder;
} // namespace nest

namespace nestml_jit
{

/* Sends events to nodes that are no lanes of a block, and from devices; tells the weight recorder of these and others. */
class EventSender
{
public:
  EventSender( const ConnectionData& data, const ConnectionEnds& ends );

  /* Tell a recorder of what is sent from now on, or (null) none. */
  void
  record_with( nest::weight_recorder* const recorder )
  {
    recorder_ = recorder;
  }

  bool
  is_recorded() const
  {
    return recorder_;
  }

  /* Pass an event on along a connection. */
  void send( size_t lcid, nest::Event& e, double weight );

  /* Send a new spike along a connection. */
  void send_spike( size_t lcid, int64_t step, double weight );

  /* Tell the weight recorder of an event that a connection passed on. */
  void record( size_t lcid, double weight, const nest::Event& e );

  /* The same of an event at a step. */
  void record_spike( size_t lcid, int64_t step, double weight );

private:
  const ConnectionData& data_;
  const ConnectionEnds& ends_;
  nest::weight_recorder* recorder_ = nullptr;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_EVENT_SENDER_H */
