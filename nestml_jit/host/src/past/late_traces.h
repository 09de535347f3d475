/* Traces of synapse models that come late to neurons with a past. */
#ifndef NESTML_JIT_LATE_TRACES_H
#define NESTML_JIT_LATE_TRACES_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "neurons/binding.h"
#include "neurons/store.h"
#include "past/history.h"

namespace nestml_jit
{

class NeuronType;

/* Computes what a trace would be if its synapses had been there since the neuron's past began.
 *
 * Histories have a value for it in each entry. The trace is replayed from the spikes that are known; but where another
 * model's trace has always been the same (equal equations, parameters and initial values), its values are copied, which
 * may reach further back than the spikes. */
class LateTraces
{
public:
  /* Of steps of `h` ms; `interfered` says of which lanes a user has set moved states. */
  LateTraces( const NeuronType& type,
    const Store& store,
    double h,
    const std::vector< bool >& interfered,
    History& history );

  /* Compute those states of entries whose `source` in the layout before, [state], is negative. */
  void fill_new( const std::vector< int >& source );

  /* Compute all states of a lane's entries. */
  void fill_all( size_t lane );

private:
  /* A trace in the history: values of entries are counted from 1. */
  struct Place
  {
    size_t column;
    size_t value;
    bool is_new;
  };

  /* What a delivery's `replay` computes, seen from the neurons' columns and history. */
  struct Replayed
  {
    const BoundDelivery* delivery;
    std::vector< Place > places;      /* [trace] */
    std::vector< size_t > parameters; /* columns */

    bool
    any_new() const
    {
      return std::any_of( places.begin(), places.end(), []( const Place& place ) { return place.is_new; } );
    }
  };

  Replayed
  find_replayed( const std::string& synapse, const BoundDelivery& delivery, const std::vector< int >& source ) const;
  std::vector< double > parameters_of( const Replayed& replayed, size_t lane ) const;
  size_t find_values( const Replayed& replayed, size_t k, const std::vector< Replayed >& all, size_t lane ) const;
  size_t find_twin( const Replayed& replayed, size_t k, const std::vector< Replayed >& all, size_t lane ) const;
  void fill( const Replayed& replayed, const std::vector< size_t >& from, size_t lane );

  const NeuronType& type_;
  const Store& store_;
  double h_;
  const std::vector< bool >& interfered_;
  History& history_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_LATE_TRACES_H */
