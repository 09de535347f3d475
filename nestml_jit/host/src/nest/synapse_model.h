/* The connector model: a synapse model as NEST knows it. */
#ifndef NESTML_JIT_SYNAPSE_MODEL_H
#define NESTML_JIT_SYNAPSE_MODEL_H

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "connection.h"
#include "connection_label.h"
#include "connector_model.h"

#include "host_state.h"
#include "nest/connection_maker.h"
#include "nest/connector_list.h"
#include "nest/synapse_defaults.h"
#include "nest/synapse_rows.h"
#include "nest/transmitters.h"
#include "neurons/binding.h"
#include "values/description.h"

namespace nestml_jit
{

/* A synapse model, or a copy of it, on one thread. */
class SynapseModel : public nest::ConnectorModel
{
public:
  explicit SynapseModel( const std::string& name );
  SynapseModel( const SynapseModel& other, const std::string& name );

  // --- what NEST asks of a connector model -------------------------------------------------------------

  void add_connection( nest::Node& source,
    nest::Node& target,
    std::vector< nest::ConnectorBase* >& connectors,
    const nest::synindex syn_id,
    const Dictionary& d,
    const double delay,
    const double weight ) override;
  nest::ConnectorModel* clone( std::string name, nest::synindex syn_id ) const override;
  void calibrate( const nest::TimeConverter& ) override;
  void get_status( Dictionary& d ) const override;
  void set_status( const Dictionary& d ) override;
  void check_synapse_params( const Dictionary& d ) const override;
  std::unique_ptr< nest::SecondaryEvent > get_secondary_event() override;

  const nest::CommonSynapseProperties&
  get_common_properties() const override
  {
    return common_;
  }

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

  // --- what connections ask --------------------------------------------------------------------------------

  const SynapseDescription&
  description() const
  {
    return rows_.description();
  }

  const SynapseRows&
  rows() const
  {
    return rows_;
  }

  const SynapseDefaults&
  defaults() const
  {
    return defaults_;
  }

  const Transmitters&
  transmitters() const
  {
    return transmitters_;
  }

  const std::shared_ptr< ConnectorList >&
  connectors() const
  {
    return connectors_;
  }

  /* What the continuous ports read of targets that are NEST's own. */
  const PortNames& recordables() const;

  /* The kernel for targets that are NEST's own; null until the first simulation. */
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

  /* The recorder of the weights of all connections on this thread, or null. */
  nest::weight_recorder*
  recorder() const
  {
    return common_.get_weight_recorder();
  }

  /* What makes this thread's connections. */
  ConnectionMaker&
  maker()
  {
    return maker_;
  }

  /* Whether connections can have labels. */
  bool
  is_labelled() const
  {
    return labelled_;
  }

  /* Read a label, if one is given and the model has labels. */
  void read_label( const Dictionary& d, long& label ) const;

  /* Raise an error if the default delay is none that connections can have now. */
  void check_default_delay();

private:
  nest::CommonSynapseProperties read_common( const Dictionary& d );
  void replace_defaults( SynapseDefaults defaults );

  SynapseRows rows_;
  SynapseDefaults defaults_;
  bool labelled_ = false;
  nest::CommonSynapseProperties common_;
  Transmitters transmitters_;
  std::shared_ptr< ConnectorList > connectors_;
  std::shared_ptr< const Binding > foreign_binding_;
  nest::synindex syn_id_ = nest::invalid_synindex;
  ConnectionMaker maker_;
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
