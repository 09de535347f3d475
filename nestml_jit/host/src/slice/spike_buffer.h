/* The spikes of a slice, on their way from kernels to NEST. */
#ifndef NESTML_JIT_SPIKE_BUFFER_H
#define NESTML_JIT_SPIKE_BUFFER_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nestml_jit
{

class Nodes;

/* A spike of a lane in a step of the slice. */
struct Spike
{
  uint32_t lane;
  uint32_t lag;
};

class SpikeBuffer
{
public:
  /* Add a spike of a lane in a step of the slice. */
  void
  add( const uint32_t lane, const uint32_t lag )
  {
    spikes_.push_back( { lane, lag } );
  }

  /* Those of the present slice, tile by tile. */
  const std::vector< Spike >&
  all() const
  {
    return spikes_;
  }

  size_t
  size() const
  {
    return spikes_.size();
  }

  /* Take away the spikes of some lanes, from number `first` on. */
  void drop( size_t first, const std::vector< uint32_t >& lanes );

  /* Hand the spikes of the slice that begins at a step to NEST, several of a node in a step as one event.
   *
   * They go out in order of time, unlike those of NEST's models, which go out node by node: NEST delivers
   * in the order of sending, so that consecutive deliveries add to the same slot of the ring buffers,
   * which stays in the cache. */
  void send( const Nodes& nodes, int64_t origin, size_t lags );

private:
  void sort( size_t lags );

  std::vector< Spike > spikes_;
  std::vector< Spike > sorted_;  /* memory to sort into */
  std::vector< size_t > places_; /* [lag] where the spikes of a step go */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SPIKE_BUFFER_H */
