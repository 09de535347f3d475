/* What NEST's own plasticity asks of a neuron. */
#ifndef NESTML_JIT_ARCHIVING_SHELL_H
#define NESTML_JIT_ARCHIVING_SHELL_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "histentry.h"
#include "node.h"

#include "nest/archive.h"
#include "past/past.h"

namespace nestml_jit
{

class Block;
class NeuronType;

/* A NEST node that is a lane of a block, as far as plasticity is concerned.
 *
 * NEST's plastic synapses and its structural plasticity read archives of spikes, calcium and synaptic elements, which are
 * ten times as large as all else of a node. So a neuron has an archive only from the moment when the first such synapse is
 * connected, or one of its values is set; until then it shows the values of its type's. */
class ArchivingShell : public nest::Node
{
public:
  NeuronType&
  type() const
  {
    return *type_;
  }

  /* Null for the prototype of a model. */
  Block*
  block() const
  {
    return block_;
  }

  size_t
  lane() const
  {
    return lane_;
  }

  /* Called by the block for each spike, in order of time. */
  void archive_spike( int64_t step );

  /* The past that began with one of NEST's plastic synapses; it begins now if there is none. */
  Past archived_past( int64_t now ) const;

  void register_stdp_connection( double t_first_read, double delay ) override;
  double get_K_value( double t ) override;
  void get_K_values( double t, double& Kminus, double& nearest_neighbor_Kminus, double& Kminus_triplet ) override;
  void get_history( double t1,
    double t2,
    std::deque< nest::histentry >::iterator* start,
    std::deque< nest::histentry >::iterator* finish ) override;

  double get_Ca_minus() const override;
  double get_synaptic_elements( std::string ) const override;
  int get_synaptic_elements_vacant( std::string ) const override;
  int get_synaptic_elements_connected( std::string ) const override;
  std::map< std::string, double > get_synaptic_elements() const override;
  void update_synaptic_elements( double t ) override;
  void decay_synaptic_elements_vacant() override;
  void connect_synaptic_element( std::string name, int n ) override;

protected:
  /* The prototype of a type, or a node of a block that is about to get a lane. */
  ArchivingShell( NeuronType& type, Block* block );

  void
  take_lane( const size_t lane )
  {
    lane_ = static_cast< uint32_t >( lane );
  }

  /* Add the values of the archive that are not there yet. */
  void get_archive_status( Dictionary& d ) const;

  /* The neuron's own archive, from now on at least. */
  Archive& archive();

  /* Forget what NEST's synapses have read. */
  void clear_archive();

private:
  uint32_t lane_ = 0;
  NeuronType* type_;
  Block* block_;
  std::unique_ptr< Archive > archive_; /* null until it is needed */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_ARCHIVING_SHELL_H */
