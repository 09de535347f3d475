/* Gap junctions of a block's neurons. */
#ifndef NESTML_JIT_RELAXATION_H
#define NESTML_JIT_RELAXATION_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nest/coupling.h"
#include "nestml_jit_abi.h"
#include "neurons/kernel_tiles.h"
#include "neurons/nodes.h"
#include "slice/delay_line.h"
#include "slice/input_ring.h"

namespace nestml_jit
{

/* NEST's waveform relaxation. Before a slice is computed, it is tried again and again:
 *
 *     NEST     hands each neuron the trajectories of its partners' potentials in the last trial (`add`)
 *     block    goes through the slice with them; states, input and delayed values are saved before and given back
 *              afterwards, spikes and messages go nowhere (`try_slice`)
 *     block    sends the trajectories of its own potentials to the partners (`send_trajectories`)
 *     NEST     repeats this until no potential changes any more
 *
 * Then the slice is computed as any other one, and partners are told that potentials stay what they are (`end_slice`). */
class Relaxation
{
public:
  Relaxation( const Nodes& nodes, const KernelTiles& tiles, InputRing& input, DelayLine& delay_line, NjBlock& nj );

  /* Make room for what gap junctions tell, if the kernel has any. */
  void fit();

  /* Whether there are gap junctions. */
  bool
  is_needed() const
  {
    return tiles_.kernel().coupled != 0;
  }

  /* Take what a gap junction brings to a lane in the slice that begins at a step. */
  void
  add( const size_t lane, nest::GapJunctionEvent& event, const int64_t slice )
  {
    coupling_.add( lane, event, slice );
  }

  /* Go through steps of the slice on trial, frozen neurons included as with NEST's own. Nothing comes of it but
   * trajectories, and what the kernel reports. */
  void try_slice( long from, long to );

  /* Tell partners the trajectories of the last trial; whether they are those of the one before. */
  bool send_trajectories( long from, long to );

  /* After steps of a slice: let partners take it that potentials stay what they are. `potential` is a column of `store`. */
  void end_slice( long from, long to, const Store& store, size_t potential );

private:
  void run_kernel( long from, long to );

  const Nodes& nodes_;
  const KernelTiles& tiles_;
  InputRing& input_;
  DelayLine& delay_line_;
  NjBlock& nj_;
  Coupling coupling_;
  std::vector< double > coefficients_; /* memory for a neuron's trajectory */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_RELAXATION_H */
