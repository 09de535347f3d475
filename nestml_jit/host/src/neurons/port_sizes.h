/* How many elements the ports of a model's neurons have. */
#ifndef NESTML_JIT_PORT_SIZES_H
#define NESTML_JIT_PORT_SIZES_H

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "neurons/ports.h"

namespace nestml_jit
{

class Variables;

/* Where the size of a port is a variable, neurons of a model may differ: a kernel has room for the largest port of any. */
class PortSizes
{
public:
  explicit PortSizes( const Ports& ports )
    : ports_( ports )
    , largest_( ports.sizes() )
    , layout_( ports.layout( largest_ ) )
    , are_resizable_( ports.are_resizable() )
  {
  }

  /* Have as many elements as a neuron with these values of variables asks for. Raises an error if a size cannot be. */
  void fit( const Variables& variables, const double* row );

  /* Elements of each port in the neuron that has most of them. */
  const std::vector< size_t >&
  largest() const
  {
    return largest_;
  }

  /* Ports for spikes whose size is a variable, and their largest sizes. Those for currents are vectors of the model. */
  std::vector< std::pair< std::string, size_t > > named() const;

  /* The receptors of neurons with default sizes, and of all others where ports cannot be resized. */
  const Layout&
  layout() const
  {
    return layout_;
  }

  /* Whether the number of receptors depends on variables. */
  bool
  are_resizable() const
  {
    return are_resizable_;
  }

private:
  const Ports& ports_;
  std::vector< size_t > largest_;
  Layout layout_;
  bool are_resizable_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_PORT_SIZES_H */
