/* Which recorders get the spikes of which lanes, without events. */
#ifndef NESTML_JIT_RECORDED_SPIKES_H
#define NESTML_JIT_RECORDED_SPIKES_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "recorders/event_rows.h"
#include "slice/spike_buffer.h"

namespace nestml_jit
{

class Nodes;

/* A recorder on a thread, and when it is active. */
struct SpikeRecorder
{
  EventRows* rows;
  int64_t begin; /* steps behind this one ... */
  int64_t end;   /* ... up to this one */
};

/* A block's spikes for recorders, in NEST's order: those of a slice neuron by neuron. */
class RecordedSpikes
{
public:
  /* Record the spikes of no lane. */
  void clear();

  /* Record those of lanes: [lane] numbers of recorders, of those that `set_recorders` gives. */
  void set_lanes( const std::vector< std::vector< uint32_t > >& recorders );

  void
  set_recorders( std::vector< SpikeRecorder > recorders )
  {
    recorders_ = std::move( recorders );
  }

  /* Record the spikes of the steps of the slice that begins at `origin`, from step `from` on. */
  void record( const std::vector< Spike >& spikes, const Nodes& nodes, int64_t origin, int64_t from );

private:
  void order( const std::vector< Spike >& spikes );

  std::vector< SpikeRecorder > recorders_;
  std::vector< uint32_t > first_; /* [lane] place of its first number in `numbers_`, and behind the last lane the end */
  std::vector< uint32_t > numbers_; /* of recorders */
  std::vector< Spike > ordered_;    /* of the present slice */
  std::vector< EventTime > times_;  /* [lag] of the present slice */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_RECORDED_SPIKES_H */
