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

const Binding*
KernelCall::binding_of( const Target& target ) const
{
  return target.block() ? target.block()->type().binding() : model_.foreign_binding();
}

const BoundDelivery&
KernelCall::find( const Target& target ) const
{
  if ( const BoundDelivery* const found = find_delivery( binding_of( target ), model_.get_name() ) )
  {
    return *found;
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
  const Target& target = data_.target( lcid );
  const bool is_fitted = target.block() ? target.block()->tiles().are_fitted() : foreign_.mirror() != nullptr;
  return is_fitted and find_delivery( binding_of( target ), model_.get_name() );
}

} // namespace nestml_jit
