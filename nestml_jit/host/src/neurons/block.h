/* The neurons of one model on one thread. */
#ifndef NESTML_JIT_BLOCK_H
#define NESTML_JIT_BLOCK_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "generators/generated_rows.h"
#include "nestml_jit_abi.h"
#include "neurons/kernel_tiles.h"
#include "neurons/nodes.h"
#include "neurons/receptors.h"
#include "neurons/store.h"
#include "past/neuron_past.h"
#include "past/past_readers.h"
#include "signals/third_factors.h"
#include "slice/delay_line.h"
#include "slice/first_failure.h"
#include "slice/input_ring.h"
#include "slice/kernel_services.h"
#include "slice/slice_runner.h"
#include "slice/spike_buffer.h"
#include "values/texts.h"

namespace nestml_jit
{

class NeuronType;
class Shell;

/* Recordables are numbered by store column; observables of a kernel from here on. */
constexpr size_t first_observable = size_t( 1 ) << 32;

/* From here on elements are other names of variables, by number. */
constexpr size_t first_alias = size_t( 1 ) << 33;

/* A block is a model's neurons on a thread, one lane each; NJ_TILE lanes make a tile. It has no algorithms of its own: it
 * owns the parts that have, and what they share with the kernel, the NjBlock.
 *
 *     nodes_          NEST's nodes, by lane
 *     store_          parameters and states: a column per variable, in tiles
 *     receptors_      receptors by lane, where they differ
 *     tiles_          the store as the attached kernel sees it, and internals
 *     input_          what is on its way to the neurons
 *     generated_      what generators send to the neurons, without events
 *     delay_line_     earlier values that equations read
 *     readers_        connections that read the neurons' past
 *     past_           postsynaptic spikes, and states that synapses have moved here
 *     factors_        values of the neurons that synapses read as third factors
 *     spikes_         spikes of the present slice
 *     slice_          runs the slices of a simulation with all of these
 *
 * Parts are listed in the order in which they depend on each other, and fitted in that order before a simulation: the
 * number of lanes, the delays, the resolution and the attached kernel decide how large they are. */
class Block : public TextHolder
{
public:
  Block( NeuronType& type, size_t thread );

  NeuronType&
  type() const
  {
    return type_;
  }

  const Nodes&
  nodes() const
  {
    return nodes_;
  }

  Nodes&
  nodes()
  {
    return nodes_;
  }

  Store&
  store()
  {
    return store_;
  }

  Receptors&
  receptors()
  {
    return receptors_;
  }

  KernelTiles&
  tiles()
  {
    return tiles_;
  }

  InputRing&
  input()
  {
    return input_;
  }

  GeneratedRows&
  generated()
  {
    return generated_;
  }

  PastReaders&
  readers()
  {
    return readers_;
  }

  NeuronPast&
  past()
  {
    return past_;
  }

  const ThirdFactors&
  factors() const
  {
    return factors_;
  }

  FirstFailure&
  failure()
  {
    return failure_;
  }

  SliceRunner&
  slice()
  {
    return slice_;
  }

  /* The block as kernels see it. */
  NjBlock&
  nj()
  {
    return nj_;
  }

  /* Add a lane with these values of all columns; returns its number. */
  size_t add( Shell& node, const std::vector< double >& row );

  /* Fill an array with a lane's values of all columns, those of moved states at the time that is reached. */
  void read_row( size_t lane, std::vector< double >& row );

  /* Set a lane's value of a column. It can be undone as long as the journal is open. */
  void write( size_t column, size_t lane, double value );

  /* The value of a recordable of a lane: a column, or an observable that the kernel computes. */
  double observe( size_t lane, size_t element ) const;

  /* Prepare all lanes for a simulation, as NEST does with its nodes. */
  void prepare();

  /* Follow what was created, set or attached since NEST prepared the simulation that goes on now. */
  void refit();

  /* Fit a past that is kept already to a kernel that was attached just now: connections that are new to its neurons
   * begin with what they find there. */
  void adopt();

  bool rests() const override;
  void each_text( const std::function< void( double ) >& visit ) const override;

private:
  void fit();

  NeuronType& type_;
  NjBlock nj_ {};
  FirstFailure failure_;
  Nodes nodes_;
  Store store_;
  Receptors receptors_;
  KernelTiles tiles_;
  InputRing input_;
  GeneratedRows generated_;
  DelayLine delay_line_;
  PastReaders readers_;
  NeuronPast past_;
  ThirdFactors factors_;
  SpikeBuffer spikes_;
  KernelServices services_;
  SliceRunner slice_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_BLOCK_H */
