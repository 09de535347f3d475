/* Events of a recorder on a thread, one after the other. */
#ifndef NESTML_JIT_EVENT_ROWS_H
#define NESTML_JIT_EVENT_ROWS_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "recorders/shared_column.h"

namespace nestml_jit
{

/* When an event was: a step, the time before its end in ms, and both in ms. */
struct EventTime
{
  int64_t step;
  double offset;
  double ms;
};

/* Columns of events. Blocks add the spikes of a slice at once, NEST's nodes one by one as it calls them. NEST has those of a
 * slice in the order of senders, so that they are sorted where several blocks, or blocks and nodes, have added some. */
class EventRows
{
public:
  explicit EventRows( const bool in_steps )
    : in_steps_( in_steps )
  {
  }

  /* Whether times are kept in steps, with offsets. */
  bool
  are_in_steps() const
  {
    return in_steps_;
  }

  /* Say so, as long as there are no events. */
  void
  keep_steps( const bool in_steps )
  {
    in_steps_ = in_steps;
  }

  /* Say how the values of events are called. */
  void name_values( const std::vector< std::string >& names );

  /* [value] */
  const std::vector< std::string >&
  names() const
  {
    return names_;
  }

  size_t
  size() const
  {
    return senders_.size();
  }

  /* Add what NEST writes in a slice: an event with values. */
  void write( int64_t slice, int64_t sender, const EventTime& time, const std::vector< double >& values );

  /* Begin to add spikes of a slice, whose first sender is this one. */
  void begin_spikes( int64_t slice, int64_t first_sender );

  /* Add a spike, of a sender that is not before the last one. */
  void
  add_spike( const int64_t sender, const EventTime& time )
  {
    add( sender, time );
    last_sender_ = sender;
    ++spikes_;
  }

  /* Spikes that were added since this was last asked. */
  size_t take_spikes();

  /* Put the events of the last slice in order. */
  void settle();

  void clear();

  const SharedColumn< int64_t >&
  senders() const
  {
    return senders_;
  }

  /* Times in ms, if they are not in steps. */
  const SharedColumn< double >&
  times() const
  {
    return times_;
  }

  const SharedColumn< int64_t >&
  steps() const
  {
    return steps_;
  }

  const SharedColumn< double >&
  offsets() const
  {
    return offsets_;
  }

  /* [value] */
  const std::vector< SharedColumn< double > >&
  values() const
  {
    return values_;
  }

private:
  void
  add( const int64_t sender, const EventTime& time )
  {
    senders_.add( sender );
    if ( in_steps_ )
    {
      steps_.add( time.step );
      offsets_.add( time.offset );
    }
    else
    {
      times_.add( time.ms );
    }
  }

  void begin_slice( int64_t slice );

  bool in_steps_;
  SharedColumn< int64_t > senders_;
  SharedColumn< double > times_; /* ms */
  SharedColumn< int64_t > steps_;
  SharedColumn< double > offsets_; /* ms */
  std::vector< std::string > names_;
  std::vector< SharedColumn< double > > values_; /* [value] */
  size_t spikes_ = 0;
  bool takes_spikes_ = false; /* from blocks, so that slices matter */
  int64_t slice_ = -1;        /* that the last events are of */
  size_t begin_ = 0;          /* first event of that slice */
  int64_t last_sender_ = 0;
  bool is_disordered_ = false; /* since then */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_EVENT_ROWS_H */
