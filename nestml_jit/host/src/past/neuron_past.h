/* The past of a block's neurons, for plastic synapses. */
#ifndef NESTML_JIT_NEURON_PAST_H
#define NESTML_JIT_NEURON_PAST_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "nestml_jit_abi.h"
#include "neurons/binding.h"
#include "neurons/nodes.h"
#include "neurons/store.h"
#include "past/history.h"
#include "past/past_readers.h"

namespace nestml_jit
{

class NeuronType;

/* Histories of all lanes, with entries as the attached kernel lays them out.
 *
 * A neuron's past begins when the first synapse that reads it is connected, as with NEST's neurons. States that synapses
 * have moved to the neuron have a value in each entry; their columns in the store are brought up to date when a user or a
 * multimeter asks (`recall`). When another kernel is attached, entries get its layout, and states that are new get the values that
 * they would have if their synapses had been there from the beginning. */
class NeuronPast
{
public:
  NeuronPast( const NeuronType& type, const Nodes& nodes, Store& store, PastReaders& readers, NjBlock& nj );

  /* Fit histories to the kernel that is attached. */
  void fit();

  /* Whether they are fitted to it. */
  bool is_fitted() const;

  const History&
  history() const
  {
    return history_;
  }

  /* Whether there is a history of a lane that is fitted to the attached kernel. */
  bool
  is_kept( const size_t lane ) const
  {
    return is_fitted() and lane < history_.lanes();
  }

  /* Whether a synapse reads a lane's past. */
  bool
  is_read( const size_t lane ) const
  {
    return lane < read_.size() and read_[ lane ];
  }

  /* The first synapse that reads a lane's past is connected: the past begins at this step. Moved states have their
   * initial values, unless a user has set them. */
  void begin( size_t lane, int64_t step );

  /* Let later spikes go on from moved states that the user has set; `row` has the values of all columns. */
  void note_set( size_t lane, const std::vector< double >& row );

  /* Bring the columns of a tile's moved states to their values at a step; false if there are none. Tiles have to follow
   * the store afterwards. Lanes that have no history yet keep what the store has of them. */
  bool recall( size_t t, int64_t step );

  /* Make room for one more entry. A neuron that no synapse reads keeps just what may still be on its way. */
  void grow( size_t lane );

  /* Forget the spikes of some lanes after a step. */
  void forget_after( const std::vector< uint32_t >& lanes, int64_t step );

private:
  void relayout( const Binding& binding );
  std::vector< int > sources_of( const Binding& binding ) const;
  Follower follower( const Binding& binding ) const;
  std::vector< double > first_values( size_t lane ) const;
  bool inherit( size_t lane );
  void show();

  const NeuronType& type_;
  const Nodes& nodes_;
  Store& store_;
  PastReaders& readers_;
  NjBlock& nj_;
  History history_;
  std::shared_ptr< const Binding > fitted_; /* what histories are fitted to */
  std::vector< bool > read_;                /* [lane] since it was connected to a synapse that reads its past */
  std::vector< bool > interfered_;          /* [lane] a user has set moved states */
  std::vector< double* > recalled_;         /* [kernel column] of the tile whose moved states are wanted */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_NEURON_PAST_H */
