/* The C interface: models are described, variable by variable, and published. */
#include "api/api.h"

#include <memory>

#include "values/description.h"
#include "values/texts.h"

using namespace nestml_jit;

namespace
{

/* A description in the making: one of the two is set. */
struct Draft
{
  std::shared_ptr< NeuronDescription > neuron;
  std::shared_ptr< SynapseDescription > synapse;

  Variables&
  variables()
  {
    return neuron ? neuron->variables : synapse->variables;
  }
};

Draft&
draft( void* const handle )
{
  return *static_cast< Draft* >( handle );
}

} // namespace

NJ_API void*
nj_neuron_new( const char* const name, const int emits )
{
  auto neuron = std::make_shared< NeuronDescription >();
  neuron->name = name;
  neuron->emits = emits != 0;
  return new Draft { std::move( neuron ), nullptr };
}

NJ_API void*
nj_synapse_new( const char* const name,
  const int has_post,
  const int plastic,
  const int reads_target,
  const int emits_apart )
{
  auto synapse = std::make_shared< SynapseDescription >();
  synapse->name = name;
  synapse->has_post = has_post != 0;
  synapse->plastic = plastic != 0;
  synapse->reads_target = reads_target != 0;
  synapse->emits_apart = emits_apart != 0;
  return new Draft { nullptr, std::move( synapse ) };
}

/* `size` < 0: the variable has no program and starts at `constant`. */
NJ_API void
nj_variable( void* const handle,
  const char* const name,
  const int kind,
  const int type,
  const char* const unit,
  const int32_t* const operations,
  const double* const arguments,
  const int size,
  const double constant,
  const int common,
  const int recordable )
{
  Variable variable;
  variable.name = name;
  variable.kind = static_cast< Kind >( kind );
  variable.type = static_cast< Type >( type );
  variable.unit = unit;
  variable.constant = constant;
  variable.common = common != 0;
  variable.recordable = recordable != 0;
  // what only kernels can compute is not shown at all
  variable.hidden = variable.kind == Kind::clock or ( variable.kind == Kind::internal and size < 0 );
  if ( size >= 0 )
  {
    variable.initial = Program( operations, arguments, static_cast< size_t >( size ) );
  }
  draft( handle ).variables().add( std::move( variable ) );
}

NJ_API void
nj_guard( void* const handle,
  const uint32_t variable,
  const int32_t* const operations,
  const double* const arguments,
  const int size,
  const char* const text )
{
  draft( handle )
    .variables()
    .at( variable )
    .guards.push_back( { Program( operations, arguments, static_cast< size_t >( size ) ), text } );
}

/* The variables `before + k + after` are the elements of a vector; `size_variable` is its size, "" if it is fixed.
 * A vector without a name cannot be read and set as a whole. */
NJ_API void
nj_vector( void* const handle,
  const char* const name,
  const char* const before,
  const char* const after,
  const uint32_t size,
  const char* const size_variable )
{
  draft( handle ).variables().add_vector( name, before, after, size, size_variable );
}

/* The next port of a neuron; `size` is that of a vector, or 0. */
NJ_API void
nj_port( void* const handle,
  const char* const name,
  const int spikes,
  const int sign,
  const int counted,
  const uint32_t size,
  const char* const size_variable )
{
  NeuronDescription& neuron = *draft( handle ).neuron;
  const bool is_fixed = std::string( size_variable ).empty();
  const size_t variable = is_fixed ? SIZE_MAX : neuron.variables.find( size_variable );
  neuron.ports.add( { name, spikes != 0, sign, counted != 0, size, variable } );
}

NJ_API void
nj_observable( void* const handle, const char* const name )
{
  draft( handle ).neuron->observables.emplace_back( name );
}

/* The variable that gap junctions couple, or why there can be none. */
NJ_API void
nj_neuron_gap_junctions( void* const handle, const char* const potential, const char* const refusal )
{
  NeuronDescription& neuron = *draft( handle ).neuron;
  neuron.potential = neuron.variables.find( potential );
  neuron.refuses_gap_junctions = refusal;
}

/* Names of the emitted variable and of the one that reads as the delay; "" for none. */
NJ_API void
nj_synapse_roles( void* const handle, const char* const weight, const char* const delay )
{
  SynapseDescription& synapse = *draft( handle ).synapse;
  synapse.weight = synapse.variables.find( weight );
  synapse.delay = synapse.variables.find( delay );
}

/* The next port of a synapse for spikes from a volume transmitter. */
NJ_API void
nj_synapse_modulatory( void* const handle, const char* const port )
{
  draft( handle ).synapse->modulatory.emplace_back( port );
}

/* A delay in ms with which equations of a synapse read a variable. */
NJ_API void
nj_synapse_past( void* const handle,
  const char* const variable,
  const int32_t* const operations,
  const double* const arguments,
  const int size )
{
  draft( handle ).synapse->past.push_back(
    { variable, Program( operations, arguments, static_cast< size_t >( size ) ) } );
}

/* Keep a finished description for this process. */
NJ_API void
nj_publish( void* const handle )
{
  const std::unique_ptr< Draft > finished( &draft( handle ) );
  if ( finished->neuron )
  {
    host_state().descriptions.neurons[ finished->neuron->name ] = finished->neuron;
  }
  else
  {
    host_state().descriptions.synapses[ finished->synapse->name ] = finished->synapse;
  }
}
