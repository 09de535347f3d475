/* Reading a binding's record: names become numbers of columns, and texts are copied. */
#include "api/read_binding.h"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "api/api.h"
#include "nest/errors.h"
#include "nest/interrupt.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

namespace
{

std::span< const char* const >
items( const NjNames& names )
{
  return { names.name, names.size };
}

std::vector< std::string >
texts( const NjNames& names )
{
  const auto all = items( names );
  return { all.begin(), all.end() };
}

size_t
find_column( const NeuronType* const type, const char* const name )
{
  if ( not type )
  {
    throw_kernel_exception( std::string( "NEST's own neurons have no column '" ) + name + "'." );
  }
  return find_variable( type->variables(), type->name(), name );
}

std::vector< size_t >
find_columns( const NeuronType* const type, const NjNames& names )
{
  std::vector< size_t > found;
  for ( const char* const name : items( names ) )
  {
    found.push_back( find_column( type, name ) );
  }
  return found;
}

/* A kernel that was made for another ABI cannot even be asked; the others may still lay out their columns in
 * another way than the record says. */
[[noreturn]] void
refuse_kernel()
{
  throw_kernel_exception( "A kernel does not fit this host. Remove the build cache." );
}

void
check_version( const NjKernel& kernel )
{
  if ( kernel.abi_version != NJ_ABI_VERSION or kernel.tile != NJ_TILE )
  {
    refuse_kernel();
  }
}

void
check_layout( const Binding& binding, const NeuronType* const type )
{
  const NjKernel& kernel = *binding.kernel;
  const bool has_rows =
    not type or Channels( type->description().ports, binding.port_sizes ).size() == binding.channels;
  if ( kernel.columns != binding.columns.size() or kernel.history != binding.history.size()
    or kernel.hidden != binding.before.size() or kernel.signals != ( type ? binding.signals.size() : 0 )
    or not has_rows )
  {
    refuse_kernel();
  }
}

/* Map the kernel's columns to internals of its own, or to columns of the store. */
void
read_columns( const NjBindingRecord& record, const NeuronType* const type, Binding& binding )
{
  for ( const NjColumnRecord& column : std::span( record.column, record.columns ) )
  {
    binding.names.emplace_back( column.name );
    if ( column.special )
    {
      binding.columns.push_back( { true, binding.internals++ } );
      continue;
    }
    const size_t c = find_column( type, column.name );
    binding.columns.push_back( { false, c } );
    if ( type->variables()[ c ].is_parameter() )
    {
      binding.parameters.push_back( c );
    }
  }
}

const NjDeliveryFunctions&
functions_of( const NjKernel& kernel, const std::string& synapse )
{
  const std::span all( kernel.delivery, kernel.deliveries );
  const auto found = std::find_if(
    all.begin(), all.end(), [ & ]( const NjDeliveryFunctions& functions ) { return functions.synapse == synapse; } );
  if ( found == all.end() )
  {
    throw_kernel_exception( "The kernel does not know the synapse model '" + synapse + "'." );
  }
  return *found;
}

void
prepare( BoundDelivery& delivery )
{
  delivery.scratch.resize( delivery.functions->scratch );
  if ( delivery.functions->prepare )
  {
    const double h = resolution_ms();
    delivery.functions->prepare( delivery.scalars.data(), h, delivery.scratch.data() );
  }
}

BoundDelivery
read_delivery( const NjDeliveryRecord& record, const NjKernel& kernel )
{
  BoundDelivery delivery;
  delivery.functions = &functions_of( kernel, record.synapse );
  delivery.uses_history = record.uses_history;
  delivery.flush = record.flush;
  delivery.every_step = record.every_step;
  delivery.at_spikes = record.at_spikes;
  delivery.scalars.assign( record.scalar, record.scalar + record.scalars );
  delivery.moved = texts( record.moved );
  delivery.late_states = texts( record.late_states );
  delivery.replay = texts( record.replay );
  for ( const NjColumnRecord& column : std::span( record.column, record.columns ) )
  {
    delivery.columns.emplace_back( column.name );
    delivery.per_source.push_back( column.special );
  }
  for ( const NjTraceRecord& trace : std::span( record.trace, record.traces ) )
  {
    std::vector< size_t > meaning( trace.parameter, trace.parameter + trace.parameters );
    delivery.traces.push_back( { trace.state, trace.form, std::move( meaning ), trace.archived != 0 } );
  }
  prepare( delivery );
  return delivery;
}

} // namespace

std::unique_ptr< Binding >
read_binding( const NjBindingRecord& record, const NeuronType* const type )
{
  check_version( *record.kernel );
  *record.kernel->interrupt = &interrupt();
  auto binding = std::make_unique< Binding >();
  binding->kernel = record.kernel;
  binding->channels = record.channels;
  binding->seed = record.seed;
  binding->port_sizes = type ? type->ports().largest() : std::vector< size_t >();
  read_columns( record, type, *binding );
  binding->history = find_columns( type, record.history );
  binding->before = find_columns( type, record.before );
  binding->past = find_columns( type, record.past );
  binding->signals = texts( record.signals );
  for ( const NjDelayRecord& delay : std::span( record.delay, record.delays ) )
  {
    binding->delays.push_back( { delay.variable, delay.column } );
  }
  for ( const NjDeliveryRecord& delivery : std::span( record.delivery, record.deliveries ) )
  {
    binding->deliveries[ delivery.synapse ] = read_delivery( delivery, *record.kernel );
  }
  check_layout( *binding, type );
  return binding;
}

} // namespace nestml_jit
