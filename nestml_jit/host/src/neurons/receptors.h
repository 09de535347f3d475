/* The receptors of a block's neurons, and which of them connections go to. */
#ifndef NESTML_JIT_RECEPTORS_H
#define NESTML_JIT_RECEPTORS_H

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "neurons/ports.h"

namespace nestml_jit
{

class NeuronType;
class Nodes;
class Store;

/* Neurons of a model whose ports are vectors may have different receptors: how many depends on variables. A layout is
 * computed when it is first asked for, and shared by all neurons with the same sizes. Neurons of any other model have the
 * receptors of their type. */
class Receptors
{
public:
  Receptors( const NeuronType& type, const Nodes& nodes, const Store& store );

  /* The receptors of a neuron. */
  const Layout& layout( size_t lane );

  /* Compute a neuron's receptors anew the next time: a variable of it has changed, which may be a size. */
  void forget_layout( size_t lane );

  /* Note that a connection goes to a receptor of a neuron. */
  void note_use( size_t lane, bool spikes, size_t number );

  /* Raise an error if a neuron would lose a receptor that is used, or get another one in its place, with these values
   * of its variables. */
  void check_uses( size_t lane, const double* row );

private:
  using Use = std::pair< bool, size_t >; /* if for spikes, number */

  std::shared_ptr< const Layout > shared_layout( const std::vector< size_t >& sizes );
  void drop_unconnected( size_t lane );

  const NeuronType& type_;
  const Nodes& nodes_;
  const Store& store_;
  std::vector< std::shared_ptr< const Layout > > layouts_;                   /* [lane] null until it is asked for */
  std::map< std::vector< size_t >, std::weak_ptr< const Layout > > by_size_; /* by the sizes of the ports */
  std::map< size_t, std::set< Use > > used_;                                 /* by lane */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_RECEPTORS_H */
