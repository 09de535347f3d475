/* The C interface: kernels are attached to neuron models. */
#include "api/api.h"

#include <memory>

#include "api/binding_layout.h"
#include "api/read_binding.h"
#include "nest/connections.h"

using namespace nestml_jit;

namespace
{

/* Give the connections of a model the columns that a delivery wants. */
void
fit_connections( SynapseModel& model, const BoundDelivery& delivery, const NeuronType* const type )
{
  for ( Connections* const connections : model.connectors()->all )
  {
    if ( type )
    {
      connections->states.take_back( *type, delivery.columns );
    }
    for ( size_t i = 0; i < delivery.columns.size(); ++i )
    {
      const size_t c = find_variable( model.description().variables, model.get_name(), delivery.columns[ i ] );
      connections->data.table.apply_mode(
        c, delivery.per_source[ i ] ? SynapseColumn::Mode::source : SynapseColumn::Mode::connection );
    }
  }
}

/* Note the defaults of the states that can be computed from spikes. */
void
note_initial( Binding& binding )
{
  for ( auto& [ synapse, delivery ] : binding.deliveries )
  {
    for_each_thread( synapse,
      [ &delivery = delivery ]( const SynapseModel& model )
      {
        for ( BoundTrace& trace : delivery.traces )
        {
          trace.initial = model.defaults().row[ model.description().variables.find( trace.name ) ];
        }
      } );
  }
}

/* Let new connections of models that the kernel so far knows begin with what it has kept for them. Returns the
 * other models, which are new to these neurons. */
std::vector< std::string >
start_new_connections( const Binding& binding, const NeuronType* const type )
{
  std::vector< std::string > fresh;
  for ( const auto& item : binding.deliveries )
  {
    bool known = false;
    for_each_thread( item.first,
      [ & ]( SynapseModel& model )
      {
        const Binding* const before = type ? type->binding() : model.foreign_binding();
        known = find_delivery( before, item.first );
        for ( Connections* const connections : model.connectors()->all )
        {
          connections->late.start_new();
        }
      } );
    if ( not known )
    {
      fresh.push_back( item.first );
    }
  }
  return fresh;
}

/* Let all connections of models that are new to some neurons begin with what the past of these means to them. */
void
start_fresh_pairs( const std::vector< std::string >& synapses, NeuronType* const type )
{
  for ( size_t thread = 0; type and thread < type->blocks().size(); ++thread )
  {
    if ( type->blocks()[ thread ] )
    {
      type->blocks()[ thread ]->adopt();
    }
  }
  for ( const std::string& synapse : synapses )
  {
    for_each_thread( synapse,
      [ & ]( SynapseModel& model )
      {
        for ( Connections* const connections : model.connectors()->all )
        {
          connections->late.start_all( type );
        }
      } );
  }
}

/* Give the connections of a model the columns that a delivery wants, and (no type) its targets among NEST's own
 * neurons the binding. */
void
attach_delivery( const std::string& synapse,
  const BoundDelivery& delivery,
  const std::shared_ptr< const Binding >& binding,
  const NeuronType* const type )
{
  for_each_thread( synapse,
    [ & ]( SynapseModel& model )
    {
      fit_connections( model, delivery, type );
      if ( not type )
      {
        model.attach_foreign( binding );
      }
    } );
}

void
attach( const NjBindingRecord& record )
{
  NeuronType* const type = *record.neuron ? &neuron_type( record.neuron ) : nullptr;
  std::unique_ptr< Binding > draft = read_binding( record, type );
  ++host_state().binding_epoch; // connectors point into bindings that may end now
  note_initial( *draft );
  const std::shared_ptr< const Binding > binding = std::move( draft );
  const std::vector< std::string > fresh = start_new_connections( *binding, type );
  for ( const auto& [ synapse, delivery ] : binding->deliveries )
  {
    attach_delivery( synapse, delivery, binding, type );
  }
  if ( type )
  {
    type->attach( binding );
  }
  start_fresh_pairs( fresh, type );
}

} // namespace

/* Attach a kernel to all neurons of a model, or (model "") to the targets of its synapse models that are NEST's own
 * neurons. */
NJ_API int
nj_attach( const NjBindingRecord* const record )
{
  return guarded( [ & ] { attach( *record ); } );
}

/* Size and layout of the structures of a binding's record, for a comparison with Python's: per line the name of a
 * structure and its size, or of a field, its offset and its size. */
NJ_API const char*
nj_binding_layout()
{
  thread_state().text = layout_of_binding_record();
  return thread_state().text.c_str();
}
