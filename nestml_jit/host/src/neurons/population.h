/* Neurons of one model in an order that a user chose, and their variables as columns. */
#ifndef NESTML_JIT_POPULATION_H
#define NESTML_JIT_POPULATION_H

#include <string>
#include <vector>

#include "neurons/neuron_type.h"

namespace nestml_jit
{

class Population
{
public:
  struct Place
  {
    Block* block;
    uint32_t lane;
  };

  Population( const uint64_t* ids, size_t size );

  NeuronType& type() const;

  const std::vector< Place >&
  places() const
  {
    type();
    return places_;
  }

  void get( const std::string& name, double* out ) const;
  void set( const std::string& name, const double* values, bool one, bool whole ) const;
  const std::vector< Stretch >& pin( const std::string& name, size_t thread ) const;

private:
  size_t find( const std::string& name ) const;
  std::vector< double > whole_slots( size_t c, const double* values, size_t size ) const;
  void check( size_t c, const double* values, bool one ) const;
  void check_guards( size_t c, const double* values, bool one ) const;

  NeuronType* type_ = nullptr;
  std::vector< Place > places_;
  uint64_t epoch_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_POPULATION_H */
