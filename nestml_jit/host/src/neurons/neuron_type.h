/* A neuron model, or a copy of it, as NEST knows it. */
#ifndef NESTML_JIT_NEURON_TYPE_H
#define NESTML_JIT_NEURON_TYPE_H

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host_state.h"
#include "nest/archive.h"
#include "nest/given_values.h"
#include "neurons/block.h"
#include "neurons/defaults.h"
#include "neurons/journal.h"
#include "neurons/port_sizes.h"
#include "values/description.h"

namespace nestml_jit
{

/* What all neurons of a registered model (or a copy of it) share. */
class NeuronType
{
public:
  NeuronType( std::shared_ptr< const NeuronDescription > description, std::string name, size_t threads );
  NeuronType( const NeuronType& other, std::string name, size_t threads );
  ~NeuronType();

  NeuronType( const NeuronType& ) = delete;
  NeuronType& operator=( const NeuronType& ) = delete;

  void set_defaults( const Dictionary& d, const GivenValues& from );
  void read( const GivenValues& from,
    std::vector< double >& row,
    std::vector< bool >& given,
    const std::vector< bool >* fixed );
  void add_moved( const Variable& variable );
  void name_moved( const std::string& alias, size_t column );
  void attach( std::shared_ptr< const Binding > binding );
  Block& block( size_t thread );

  const NeuronDescription&
  description() const
  {
    return *description_;
  }

  /* The variables, and the values that new neurons get. */
  const Defaults&
  defaults() const
  {
    return defaults_;
  }

  Defaults&
  defaults()
  {
    return defaults_;
  }

  const Variables&
  variables() const
  {
    return defaults_.variables();
  }

  /* The sizes of ports, and receptors of neurons with default sizes. */
  const PortSizes&
  ports() const
  {
    return ports_;
  }

  const std::string&
  name() const
  {
    return name_;
  }

  /* Defaults of what NEST's own plasticity rules need. */
  const Archive&
  archive() const
  {
    return *archive_;
  }

  /* Whether a dictionary has values of an archive that are no variables of the model. */
  bool concerns_archive( const Dictionary& d ) const;

  const Binding*
  binding() const
  {
    return binding_.get();
  }

  std::shared_ptr< const Binding >
  shared_binding() const
  {
    return binding_;
  }

  std::vector< std::unique_ptr< Block > >&
  blocks()
  {
    return blocks_;
  }

  /* Note that there is a gap junction of a neuron of this type. */
  void
  note_gap_junction()
  {
    is_coupled_.store( true, std::memory_order_relaxed ); // threads connect at the same time
    host_state().generation.raise();
  }

  bool
  is_coupled() const
  {
    return is_coupled_.load( std::memory_order_relaxed );
  }

  void make_room( const std::string& name, size_t elements );

  /* Vectors, ports included, whose size is a variable, with the largest size of any neuron. */
  std::vector< std::pair< std::string, size_t > > sizes() const;

private:
  void add_elements( const double* row );
  void fit_vectors( std::vector< double >& before, std::vector< double >& row, std::vector< bool >& given );

  std::shared_ptr< const NeuronDescription > description_;
  std::string name_;
  Defaults defaults_;
  PortSizes ports_;
  std::vector< std::unique_ptr< Block > > blocks_;
  std::shared_ptr< const Binding > binding_;
  std::unique_ptr< Archive > archive_;
  std::atomic< bool > is_coupled_ = false;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_NEURON_TYPE_H */
