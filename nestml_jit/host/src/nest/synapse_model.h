/* The connector model: defaults of a synapse model, and how a connection of it is made. */
#ifndef NESTML_JIT_SYNAPSE_MODEL_H
#define NESTML_JIT_SYNAPSE_MODEL_H

#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connection.h"
#include "connection_label.h"
#include "connector_model.h"

#include "nest/connector_list.h"
#include "neurons/binding.h"
#include "values/description.h"

namespace nest
{
class volume_transmitter;
}

namespace nestml_jit
{

class NeuronType;

/* Names of neuron and synapse models that were connected since the pairs were last taken. Neuron models that
 * are not ours are one, named "": what a synapse does to them does not depend on which it is. */
std::set< std::pair< std::string, std::string > >& new_pairs();

/* Why neuron models of ours cannot be targets of a synapse model, by the names of both. */
std::map< std::pair< std::string, std::string >, std::string >& refused_pairs();

/* Ports of a synapse model for third factors, each with the variable that it reads. */
using PortNames = std::vector< std::pair< std::string, std::string > >;

/* What synapse models read of NEST's own neurons, by their names. */
std::map< std::string, PortNames >& read_recordables();

/* Weight and delay as NEST hands them over beside a dictionary; NaN if it does not. */
struct Apart
{
  double weight = std::numeric_limits< double >::quiet_NaN();
  double delay = std::numeric_limits< double >::quiet_NaN();
};

class SynapseModel : public nest::ConnectorModel
{
public:
  explicit SynapseModel( const std::string& name );
  SynapseModel( const SynapseModel& other, const std::string& name );

  void add_connection( nest::Node& source,
    nest::Node& target,
    std::vector< nest::ConnectorBase* >& connectors,
    const nest::synindex syn_id,
    const Dictionary& d,
    const double delay,
    const double weight ) override;
  nest::ConnectorModel* clone( std::string name, nest::synindex syn_id ) const override;

  void
  calibrate( const nest::TimeConverter& ) override
  {
    // the default delay is kept in ms; other defaults may depend on the resolution
    if ( has_delay_variable() )
    {
      defaults_[ description_->delay ] = default_delay_;
    }
    follow( defaults_, given_, given_ );
    if ( has_delay_variable() )
    {
      take_delay( defaults_, default_delay_ );
    }
  }

  void get_status( Dictionary& d ) const override;
  void set_status( const Dictionary& d ) override;

  const nest::CommonSynapseProperties&
  get_common_properties() const override
  {
    return common_;
  }

  void check_synapse_params( const Dictionary& d ) const override;
  std::unique_ptr< nest::SecondaryEvent > get_secondary_event() override;

  size_t
  get_syn_id() const override
  {
    return syn_id_;
  }

  void
  set_syn_id( nest::synindex syn_id ) override
  {
    syn_id_ = syn_id;
  }

  const SynapseDescription&
  description() const
  {
    return *description_;
  }

  const std::vector< double >&
  defaults() const
  {
    return defaults_;
  }

  /* What the continuous ports read of targets that are not ours. */
  const PortNames& recordables() const;

  /* The kernel for targets that are not ours; null until the first simulation. */
  const Binding*
  foreign_binding() const
  {
    return foreign_binding_.get();
  }

  void
  attach_foreign( std::shared_ptr< const Binding > binding )
  {
    foreign_binding_ = std::move( binding );
  }

  const std::shared_ptr< ConnectorList >&
  connectors() const
  {
    return connectors_;
  }

  /* The recorder of the weights of all connections on this thread, or null. */
  nest::weight_recorder*
  recorder() const
  {
    return common_.get_weight_recorder();
  }

  /* The volume transmitter behind a modulatory port. */
  nest::volume_transmitter*
  transmitter( const size_t port ) const
  {
    return transmitters_[ port ];
  }

  /* Whether a node is the volume transmitter of a modulatory port. */
  bool listens_to( long node_id ) const;

  /* Whether connections can have labels. */
  bool
  is_labelled() const
  {
    return labelled_;
  }

  /* Read a label, if one is given; true if it is. */
  bool read_label( const Dictionary& d, long& label ) const;

  /* Read what is given over `row`, with the aliases of weight and delay, and check it; note in `given` what it was.
   * True if a delay was given, which is then in `delay`. If `fixed` is not null, variables that were neither given
   * nor are fixed follow those that were given. */
  bool read( const Dictionary& d,
    std::vector< double >& row,
    double& delay,
    std::vector< bool >& given,
    const std::vector< bool >* fixed = nullptr,
    const Apart& apart = Apart() ) const;

  void write( const std::vector< double >& row, double delay, Dictionary& d ) const;

private:
  /* What a connection has besides its variables. */
  struct NewConnection
  {
    double delay; /* ms */
    size_t receptor;
    long label;
  };

  /* A connection that the source and target of the last one, or nodes of the same models, can make. */
  struct Handshake
  {
    int source_model = -1;
    int target_model = -1;
    size_t receptor = 0;
    size_t rport = 0;
  };

  void check_default_delay();
  size_t check_target( nest::Node& source, nest::Node& target, size_t receptor );
  size_t shake_hands( nest::Node& source, nest::Node& target, size_t receptor ) const;
  bool read_connection( const Dictionary& d, const Apart& apart, NewConnection& connection );
  double slot_of_weight( double weight ) const;
  void read_apart( const Apart& apart, NewConnection& connection );
  double agreed( const std::string& name,
    size_t variable,
    double before,
    std::initializer_list< const double* > values ) const;
  void read_weight( const Dictionary& d,
    double apart,
    double before,
    std::vector< double >& row,
    std::vector< bool >& given ) const;
  bool read_delay( const Dictionary& d,
    double apart,
    std::vector< double >& row,
    double& delay,
    std::vector< bool >& given ) const;
  bool has_delay_variable() const;
  bool take_delay( std::vector< double >& row, double& delay ) const;
  void follow( std::vector< double >& row, const std::vector< bool >& given, const std::vector< bool >& fixed ) const;
  void check_foreign( nest::Node& target ) const;
  void note_pair( const NeuronType* type );
  nest::CommonSynapseProperties read_common( const Dictionary& d );
  std::vector< nest::volume_transmitter* > read_transmitters( const Dictionary& d ) const;
  void check_modulated() const;

  std::shared_ptr< const SynapseDescription > description_;
  std::vector< double > defaults_;
  std::vector< bool > given_; /* defaults that users set */
  double default_delay_ = 1.0;
  size_t default_receptor_ = 0;
  bool labelled_ = false;
  long default_label_ = nest::UNLABELED_CONNECTION;
  nest::CommonSynapseProperties common_;
  std::vector< nest::volume_transmitter* > transmitters_; /* [modulatory port], null until they are set */
  std::shared_ptr< ConnectorList > connectors_;
  std::shared_ptr< const Binding > foreign_binding_;
  nest::synindex syn_id_ = nest::invalid_synindex;
  std::set< const NeuronType* > seen_; /* targets whose pair with this model was reported */
  Handshake handshake_;
  std::vector< double > row_;                               /* scratch for the variables of a new connection */
  std::vector< bool > given_now_;                           /* scratch: which of them were given */
  std::vector< std::pair< size_t, const Guard* > > guards_; /* those that a weight or delay may violate */
};

/* The type under which NEST registers our connector model; it is never instantiated. */
template < typename targetidentifierT >
class ShellConnection;

} // namespace nestml_jit

namespace nest
{

template < typename targetidentifierT >
class GenericConnectorModel< nestml_jit::ShellConnection< targetidentifierT > > : public nestml_jit::SynapseModel
{
public:
  using nestml_jit::SynapseModel::SynapseModel;
};

template < typename targetidentifierT >
class GenericConnectorModel< ConnectionLabel< nestml_jit::ShellConnection< targetidentifierT > > >
  : public nestml_jit::SynapseModel
{
public:
  using nestml_jit::SynapseModel::SynapseModel;
};

} // namespace nest

#endif /* NESTML_JIT_SYNAPSE_MODEL_H */
