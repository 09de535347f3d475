/* A slice of a simulation, for all neurons of a block. */
#ifndef NESTML_JIT_SLICE_RUNNER_H
#define NESTML_JIT_SLICE_RUNNER_H

#include <cstddef>
#include <cstdint>

#include "generators/generated_rows.h"
#include "nestml_jit_abi.h"
#include "neurons/kernel_tiles.h"
#include "neurons/nodes.h"
#include "past/neuron_past.h"
#include "past/past_readers.h"
#include "recorders/recorded_spikes.h"
#include "signals/third_factors.h"
#include "slice/first_failure.h"
#include "slice/frozen_lanes.h"
#include "slice/input_ring.h"
#include "slice/recorded_lanes.h"
#include "slice/relaxation.h"
#include "slice/spike_buffer.h"

namespace nestml_jit
{

/* Runs the slices of a simulation. NEST's threads go through all of them together, and each slice like this:
 *
 *     NEST          delivers the spikes that were sent in the slice before: connectors add them to the input ring, and
 *                   activate the channels that they reach
 *     NEST          calls nodes, one after the other. The first one of a block runs the slice for all of them
 *                   (`is_due`); the others are left out after the first slice (nest/walk.h):
 *       readers_      synapses that emit by themselves add to the ring, up to the beginning of the slice
 *       input_        finds the slots that the slice's steps read, and channels at which nothing arrives
 *       generated_    finds out which generators are active, and adds to the ring what a tile's neurons get from them in
 *                     later slices, tile by tile
 *       factors_      makes room for the signals that the steps write
 *       tiles_        the kernel goes through all steps of the slice, tile by tile, so that 64 neurons stay in the
 *                     fastest cache for as long as possible; see `advance` for what a tile may need besides
 *       failure_      an error that a kernel has reported ends the simulation
 *       recorded_spikes_  spikes go to recorders, neuron by neuron
 *       spikes_       all spikes go to NEST, in order of time
 *     NEST          exchanges spikes between threads and processes
 *
 * Neurons do not influence each other within a slice: its length is the smallest delay. So whatever must happen once per
 * slice, rather than once per neuron, has its place before the loop over tiles, and whatever makes input of its own has it
 * in front of a tile's steps. */
class SliceRunner
{
public:
  SliceRunner( const NeuronType& type,
    const Nodes& nodes,
    const Store& store,
    KernelTiles& tiles,
    InputRing& input,
    GeneratedRows& generated,
    DelayLine& delay_line,
    PastReaders& readers,
    NeuronPast& past,
    ThirdFactors& factors,
    SpikeBuffer& spikes,
    FirstFailure& failure,
    NjBlock& nj );

  /* Begin a simulation, after all else was fitted to it. */
  void fit();

  /* Whether no other node of this block was called before in a slice. */
  bool
  is_due( const int64_t origin, const long from ) const
  {
    return origin != last_origin_ or from != last_from_;
  }

  /* Advance all neurons over steps of the slice that begins at a step. */
  void update( int64_t origin, long from, long to );

  /* The same on trial for gap junctions: whether potentials were the same in the last trial. */
  bool relax( int64_t origin, long from, long to );

  /* Look for frozen lanes again before the next slice. */
  void
  refresh_frozen()
  {
    frozen_.refresh();
  }

  RecordedLanes&
  recorded()
  {
    return recorded_;
  }

  const RecordedLanes&
  recorded() const
  {
    return recorded_;
  }

  RecordedSpikes&
  recorded_spikes()
  {
    return recorded_spikes_;
  }

  Relaxation&
  relaxation()
  {
    return relaxation_;
  }

private:
  void begin( int64_t origin, long from );
  void advance( size_t t, uint32_t from, uint32_t to );
  void advance_all( size_t t, uint32_t from, uint32_t to );
  void advance_frozen( size_t t, uint32_t from, uint32_t to );
  void advance_recorded( size_t t, uint32_t from, uint32_t to );
  void sample( size_t t, int64_t step );
  void end_if_failed();

  const NeuronType& type_;
  const Nodes& nodes_;
  const Store& store_;
  KernelTiles& tiles_;
  InputRing& input_;
  GeneratedRows& generated_;
  PastReaders& readers_;
  NeuronPast& past_;
  ThirdFactors& factors_;
  SpikeBuffer& spikes_;
  FirstFailure& failure_;
  NjBlock& nj_;
  Relaxation relaxation_;
  FrozenLanes frozen_;
  RecordedLanes recorded_;
  RecordedSpikes recorded_spikes_;
  bool tables_are_stale_ = true; /* NEST may have made its tables anew */
  int64_t last_origin_ = -1;
  long last_from_ = -1;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SLICE_RUNNER_H */
