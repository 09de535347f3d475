/* The ports of a neuron model. */
#ifndef NESTML_JIT_PORTS_H
#define NESTML_JIT_PORTS_H

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "neurons/layout.h"

namespace nestml_jit
{

/* A port as it is declared. */
struct Port
{
  std::string name;
  bool spikes = true; /* else currents */
  int sign = 0;       /* 1: excitatory, -1: inhibitory, 0: neither or both */
  bool counted = false;
  size_t size = 0;                 /* of a vector, with the default of its size variable; 0 for a single port */
  size_t size_variable = SIZE_MAX; /* index of the variable that is its size; none if the size is fixed */
};

/* The ports of a model, in the order of declaration, and how receptors are numbered. */
class Ports
{
public:
  void
  add( Port port )
  {
    list_.push_back( std::move( port ) );
  }

  const std::vector< Port >&
  list() const
  {
    return list_;
  }

  bool are_resizable() const;
  std::vector< size_t > sizes() const;
  std::vector< size_t > sizes( const double* row ) const;
  Layout layout( const std::vector< size_t >& sizes ) const;

  /* Names that a receptor has for users: of a pair that of both ports together, and of each. */
  std::vector< std::string > receptor_names( const Receptor& receptor ) const;

private:
  std::string element_name( Place place ) const;
  Receptor make_receptor( long number, Place positive, Place negative ) const;

  std::vector< Port > list_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_PORTS_H */
