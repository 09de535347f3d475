#include "synapses/kernel_call.h"

#include <utility>

#include "nest/errors.h"
#include "nest/synapse_model.h"
#include "nest/time_slices.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

KernelCall::KernelCall( const SynapseModel& model,
  ConnectionData& data,
  DelayedVariables& delayed,
  const ModulatoryInput& modulation,
  ForeignTargets& foreign,
  ConnectionEnds& ends )
  : model_( model )
  , data_( data )
  , delayed_( delayed )
  , modulation_( modulation )
  , foreign_( foreign )
  , ends_( ends )
{
}

const BoundDelivery&
KernelCall::find( const Target& target ) const
{
  const Binding* const binding = target.block() ? target.block()->type().binding() : model_.foreign_binding();
  if ( binding )
  {
    const auto found = binding->deliveries.find( model_.get_name() );
    if ( found != binding->deliveries.end() )
    {
      return found->second;
    }
  }
  throw_kernel_exception( "The kernel attached to "
    + ( target.block() ? target.block()->type().name() : "NEST's neurons" ) + " does not know the synapse model '"
    + model_.get_name() + "'." );
}

/* Look up the target's kernel and what its delivery needs. */
void
KernelCall::bind( Target& target )
{
  target.unbind();
  const BoundDelivery& delivery = find( target );
  const Variables& variables = model_.description().variables;
  std::vector< size_t > columns;
  for ( size_t i = 0; i < delivery.columns.size(); ++i )
  {
    columns.push_back( variables.find( delivery.columns[ i ] ) );
    // for connectors that structural plasticity makes after the kernel was attached
    data_.table.apply_mode(
      columns.back(), delivery.per_source[ i ] ? SynapseColumn::Mode::source : SynapseColumn::Mode::connection );
  }
  delayed_.fit();
  for ( size_t c = variables.size(); c < data_.table.columns().size(); ++c )
  {
    columns.push_back( c );
  }
  target.bind( delivery, std::move( columns ), data_.table.revision() );
  target.delivery().past = static_cast< uint32_t >( delayed_.values() );
  target.delivery().modulation = modulation_.views().data();
  if ( not target.block() )
  {
    foreign_.prepare();
    target.delivery().block = &foreign_.mirror()->nj();
  }
}

Target&
KernelCall::for_time( const Run& run, const size_t lcid, const int64_t until )
{
  Target& target = bound( run );
  if ( not target.block() )
  {
    foreign_.fetch_signals();
  }
  if ( not target.block() and model_.description().has_post )
  {
    foreign_.read( data_.places.lane( lcid ), until );
  }
  tell( target, run, until, slice_origin(), 0 );
  target.delivery().emit = nullptr; // who looks at a connection sends nothing
  return target;
}

bool
KernelCall::can_pass_time( const size_t lcid ) const
{
  if ( lcid >= data_.index.indexed() )
  {
    return false;
  }
  Block* const block = data_.target( lcid ).block();
  if ( block )
  {
    return block->tiles().are_fitted() and block->type().binding()->deliveries.count( model_.get_name() );
  }
  const Binding* const binding = model_.foreign_binding();
  return foreign_.mirror() and binding and binding->deliveries.count( model_.get_name() );
}

} // namespace nestml_jit
