/* Events of a recorder as NEST shows them. */
#ifndef NESTML_JIT_SHOWN_EVENTS_H
#define NESTML_JIT_SHOWN_EVENTS_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dictionary.h"

#include "recorders/event_rows.h"
#include "recorders/samples.h"

namespace nestml_jit
{

/* Adds what a recorder has on a thread to a dictionary of events, in NEST's order. */
class ShownEvents
{
public:
  ShownEvents( Dictionary& events, size_t thread, bool in_steps );

  /* Add events that were written, and samples between them; either may be null. */
  void add( const EventRows* rows, const Samples* samples );

private:
  /* Samples of a slice that are in one stretch. */
  struct Part
  {
    const SampleStretch* stretch;
    size_t begin;
    size_t end;
  };

  void add_rows( const EventRows& rows, size_t begin, size_t end );
  void add_slice( const std::vector< Part >& parts );

  template < typename Visit >
  void each( const std::vector< Part >& parts, Visit visit ) const;

  Dictionary& events_;
  size_t thread_;
  bool in_steps_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SHOWN_EVENTS_H */
