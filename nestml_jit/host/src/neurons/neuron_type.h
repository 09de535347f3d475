/* A neuron model, or a copy of it, as NEST knows it. */
#ifndef NESTML_JIT_NEURON_TYPE_H
#define NESTML_JIT_NEURON_TYPE_H

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nest/archive.h"
#include "neurons/block.h"
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

  void set_defaults( const Dictionary& d, nest::Node* node );
  void follow_resolution();
  void read( const Dictionary& d,
    std::vector< double >& row,
    std::vector< bool >& given,
    const std::vector< bool >* fixed,
    nest::Node* node );
  void add_moved( const Variable& variable );
  void hide_moved( const std::string& name, bool hidden );
  void attach( std::shared_ptr< const Binding > binding );
  Block& block( size_t thread );

  const NeuronDescription&
  description() const
  {
    return *description_;
  }

  const Variables&
  variables() const
  {
    return variables_;
  }

  const std::vector< double >&
  defaults() const
  {
    return defaults_;
  }

  const std::vector< bool >&
  given() const
  {
    return given_;
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

  /* Let new neurons have another value of a variable if they would have a certain one. */
  void
  replace_default( const size_t column, const double old, const double value )
  {
    defaults_[ column ] = is_same( defaults_[ column ], old ) ? value : defaults_[ column ];
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
  }

  bool
  is_coupled() const
  {
    return is_coupled_.load( std::memory_order_relaxed );
  }

  std::vector< std::string > recordables( const double* row ) const;

  void make_room( const std::string& name, size_t elements );

  /* Vectors, ports included, whose size is a variable, with the largest size of any neuron. */
  std::vector< std::pair< std::string, size_t > > sizes() const;

  /* How many elements each port has in the neuron that has most of them. */
  const std::vector< size_t >&
  port_sizes() const
  {
    return port_sizes_;
  }

  /* The receptors of neurons with default sizes, and of all others where ports cannot be resized. */
  const Layout&
  layout() const
  {
    return layout_;
  }

  bool
  is_resizable() const
  {
    return is_resizable_;
  }

private:
  void fit_ports( const double* row );
  void fit_vectors( std::vector< double >& before, std::vector< double >& row, std::vector< bool >& given );

  std::shared_ptr< const NeuronDescription > description_;
  std::string name_;
  Variables variables_;
  std::vector< double > defaults_;
  std::vector< bool > given_; /* states whose default was set */
  std::vector< std::unique_ptr< Block > > blocks_;
  std::shared_ptr< const Binding > binding_;
  std::unique_ptr< Archive > archive_;
  std::vector< size_t > port_sizes_;
  Layout layout_;
  bool is_resizable_; /* whether the number of receptors depends on variables */
  std::atomic< bool > is_coupled_ = false;
};

/* All neuron types that are registered at the moment, by name. */
std::map< std::string, NeuronType* >& neuron_types();

/* Whether nodes that get parameters now are being created: then initial values follow them. */
bool& creating();

/* Whether parameters that are set now are only to be checked. */
bool& checking();

/* A value of a node before it was set. */
struct FormerValue
{
  Block* block;
  size_t column;
  size_t lane;
  double value;
};

/* Values that setting nodes one after the other has replaced, to be given back if one is refused. */
struct Journal
{
  bool open = false;
  std::vector< FormerValue > entries;

  void undo();
};

Journal& journal();

} // namespace nestml_jit

#endif /* NESTML_JIT_NEURON_TYPE_H */
