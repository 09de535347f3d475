/* NEST's static synapse, whose connections onto neurons of ours are stored in columns. */
#ifndef NESTML_JIT_STATIC_MODEL_H
#define NESTML_JIT_STATIC_MODEL_H

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "connector_model.h"

#include "nest/static_connector.h"

namespace nestml_jit
{

/* Stands in the place of NEST's model, or of a copy of it, on one thread. It is NEST's model in all, and makes its
 * connections, but puts those between neurons into a connector of ours as soon as one of them goes to a neuron of ours. */
class StaticModel : public nest::GenericConnectorModel< StaticSynapse >
{
public:
  using Base = nest::GenericConnectorModel< StaticSynapse >;

  StaticModel( const Base& other, const std::string& name );

  void add_connection( nest::Node& source,
    nest::Node& target,
    std::vector< nest::ConnectorBase* >& connectors,
    const nest::synindex syn_id,
    const Dictionary& d,
    const double delay,
    const double weight ) override;
  nest::ConnectorModel* clone( std::string name, nest::synindex syn_id ) const override;

private:
  StaticConnector& own( nest::ConnectorBase*& connector, nest::synindex syn_id, size_t thread ) const;

  std::vector< nest::ConnectorBase* > drafts_; /* [synapse model] as NEST wants them */
  std::unique_ptr< StaticSynapses > drafted_;  /* where NEST makes connections, which are then moved */
};

/* Let ours take the place of NEST's static synapse and its copies. */
void install_static_models();

/* A connector between neurons, if it is one of ours for static synapses; else null. */
StaticConnector* as_static( nest::ConnectorBase* connector );

/* Whether a synapse model is NEST's static synapse or a copy of it, and connections are to be stored in columns. */
bool is_static_model( size_t syn_id );

/* How many connections of a synapse model are in connectors of ours on this process. */
size_t static_connections( const std::string& model );

} // namespace nestml_jit

#endif /* NESTML_JIT_STATIC_MODEL_H */
