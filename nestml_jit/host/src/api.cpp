/* The host's C interface for Python (ctypes). Every call that can fail returns 0 for success; the
 * type and text of the last failure are then kept per thread. */

#include <memory>
#include <string>

#include "connector_model_impl.h"
#include "genericmodel_impl.h"
#include "kernel_manager.h"
#include "model_manager_impl.h"

#include "columns.h"
#include "connector.h"
#include "description.h"
#include "device_rows.h"
#include "interrupt.h"
#include "population.h"
#include "shell.h"
#include "synapse_model.h"
#include "texts.h"

#define NJ_API extern "C" __attribute__( ( visibility( "default" ) ) )

using namespace nestml_jit;

namespace
{

thread_local std::string error_type;
thread_local std::string error_text;
thread_local std::string returned; // keeps a returned string alive until the next call

template < typename Action >
int
guarded( Action action )
{
  try
  {
    action();
    return 0;
  }
  catch ( const nest::KernelException& e )
  {
    error_type = e.exception_name();
    error_text = e.what();
  }
  catch ( const std::exception& e )
  {
    error_type = "KernelException";
    error_text = e.what();
  }
  return 1;
}

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

NeuronType&
neuron_type( const std::string& name )
{
  const auto found = neuron_types().find( name );
  if ( found == neuron_types().end() )
  {
    throw nest::UnknownModelName( name );
  }
  return *found->second;
}

/* Call `action( SynapseModel& )` for the model's instance on each thread. */
template < typename Action >
void
for_each_thread( const std::string& synapse, Action action )
{
  auto& models = nest::kernel().model_manager;
  const auto id = static_cast< nest::synindex >( models.get_synapse_model_id( synapse ) );
  for ( size_t tid = 0; tid < nest::kernel().vp_manager.get_num_threads(); ++tid )
  {
    auto* const model = dynamic_cast< SynapseModel* >( models.get_connection_models( tid ).at( id ) );
    if ( not model )
    {
      throw nest::UnknownSynapseType( synapse );
    }
    action( *model );
  }
}

size_t
find_variable( const Variables& variables, const std::string& owner, const std::string& name )
{
  const size_t index = variables.find( name );
  if ( index == variables.size() )
  {
    throw nest::KernelException( "The model '" + owner + "' has no variable '" + name + "'." );
  }
  return index;
}

/* Give the connections of a model the columns that a delivery wants. */
void
fit_connections( SynapseModel& model, const BoundDelivery& delivery, const NeuronType* const type )
{
  for ( ColumnarConnector* const connector : model.connectors()->connectors )
  {
    if ( type )
    {
      connector->take_back( *type, delivery.columns );
    }
    for ( size_t i = 0; i < delivery.columns.size(); ++i )
    {
      const size_t c = find_variable( model.description().variables, model.get_name(), delivery.columns[ i ] );
      connector->apply_mode(
        c, delivery.per_source[ i ] ? SynapseColumn::Mode::source : SynapseColumn::Mode::connection );
    }
  }
}

void
check_layout( const Binding& binding )
{
  const NjKernel& kernel = *binding.kernel;
  if ( kernel.abi_version != NJ_ABI_VERSION or kernel.tile != NJ_TILE or kernel.columns != binding.columns.size()
    or kernel.history != binding.history.size() or kernel.signals != binding.signals.size() )
  {
    throw nest::KernelException( "A kernel does not fit this host. Remove the build cache." );
  }
}

struct BindingDraft
{
  std::unique_ptr< Binding > binding;
  std::string neuron;
};

BindingDraft&
binding_draft( void* const handle )
{
  return *static_cast< BindingDraft* >( handle );
}

} // namespace

NJ_API const char*
nj_error_type()
{
  return error_type.c_str();
}

NJ_API const char*
nj_error_text()
{
  return error_text.c_str();
}

NJ_API uint32_t
nj_abi_version()
{
  return NJ_ABI_VERSION;
}

// --- descriptions ----------------------------------------------------------------------------------

NJ_API void*
nj_neuron_new( const char* const name, const uint32_t channels, const int emits )
{
  auto neuron = std::make_shared< NeuronDescription >();
  neuron->name = name;
  neuron->channels = channels;
  neuron->emits = emits != 0;
  return new Draft { std::move( neuron ), nullptr };
}

NJ_API void*
nj_synapse_new( const char* const name, const int has_post, const int plastic, const int reads_target )
{
  auto synapse = std::make_shared< SynapseDescription >();
  synapse->name = name;
  synapse->has_post = has_post != 0;
  synapse->plastic = plastic != 0;
  synapse->reads_target = reads_target != 0;
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
  variable.hidden = variable.kind == Kind::clock;
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

/* The variables `name[0]`, ... are the elements of a vector; `size_variable` is its size, "" if it is fixed. */
NJ_API void
nj_vector( void* const handle, const char* const name, const uint32_t size, const char* const size_variable )
{
  draft( handle ).variables().add_vector( name, size, size_variable );
}

NJ_API void
nj_receptor( void* const handle,
  const long number,
  const char* const name,
  const uint32_t positive,
  const uint32_t negative,
  const int32_t count_positive,
  const int32_t count_negative )
{
  draft( handle ).neuron->receptors.push_back( { number, name, positive, negative, count_positive, count_negative } );
}

NJ_API void
nj_continuous( void* const handle,
  const char* const name,
  const long receptor,
  const uint32_t channel,
  const char* const column )
{
  draft( handle ).neuron->continuous.push_back( { name, receptor, channel, column } );
}

NJ_API void
nj_observable( void* const handle, const char* const name )
{
  draft( handle ).neuron->observables.emplace_back( name );
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

/* Keep a finished description for this process. */
NJ_API void
nj_publish( void* const handle )
{
  const std::unique_ptr< Draft > finished( &draft( handle ) );
  if ( finished->neuron )
  {
    Registry::get().neurons[ finished->neuron->name ] = finished->neuron;
  }
  else
  {
    Registry::get().synapses[ finished->synapse->name ] = finished->synapse;
  }
}

// --- registration ------------------------------------------------------------------------------------

NJ_API int
nj_register_neuron( const char* const name )
{
  return guarded(
    [ & ]
    {
      Registry::get().next_neuron = Registry::get().neurons.at( name );
      nest::kernel().model_manager.register_node_model< Shell >( name );
    } );
}

/* Register a described synapse model under a name; with labels that connections can have, or without. */
NJ_API int
nj_register_synapse( const char* const name, const char* const described, const int labelled )
{
  return guarded(
    [ & ]
    {
      Registry::get().next_synapse = Registry::get().synapses.at( described );
      Registry::get().next_is_labelled = labelled != 0;
      DeviceRows::get().put_aside( false, false );
      try
      {
        nest::kernel().model_manager.register_connection_model< ShellConnection >( name );
      }
      catch ( ... )
      {
        DeviceRows::get().put_back();
        throw;
      }
      DeviceRows::get().put_back();
    } );
}

/* Name of the description behind a registered neuron model of ours, or "". */
NJ_API const char*
nj_neuron_base( const char* const name )
{
  const auto found = neuron_types().find( name );
  returned = found == neuron_types().end() ? "" : found->second->description().name;
  return returned.c_str();
}

/* Name of the description behind a registered synapse model of ours, or "". */
NJ_API const char*
nj_synapse_base( const char* const name )
{
  returned.clear();
  guarded( [ & ] { for_each_thread( name, []( SynapseModel& model ) { returned = model.description().name; } ); } );
  return returned.c_str();
}

/* New pairs of neuron and synapse model since the last call, one per line, separated by a tab. */
NJ_API const char*
nj_take_pairs()
{
  returned.clear();
  for ( const auto& [ neuron, synapse ] : new_pairs() )
  {
    returned += neuron + "\t" + synapse + "\n";
  }
  new_pairs().clear();
  return returned.c_str();
}

/* Say why neurons of a model cannot be targets of a synapse model; "" if they can. */
NJ_API void
nj_refuse_pair( const char* const neuron, const char* const synapse, const char* const reason )
{
  if ( *reason )
  {
    refused_pairs()[ { neuron, synapse } ] = reason;
  }
  else
  {
    refused_pairs().erase( { neuron, synapse } );
  }
}

/* Names of our neuron models that have nodes on this process, one per line. */
NJ_API const char*
nj_used_neurons()
{
  returned.clear();
  for ( const auto& [ name, type ] : neuron_types() )
  {
    const auto& blocks = type->blocks();
    if ( std::any_of(
           blocks.begin(), blocks.end(), []( const auto& block ) { return block and block->store().lanes() > 0; } ) )
    {
      returned += name + "\n";
    }
  }
  return returned.c_str();
}

/* Vectors of a neuron model whose size is a variable, one per line: name, a tab, the largest size of any neuron. */
NJ_API const char*
nj_vector_sizes( const char* const neuron )
{
  returned.clear();
  guarded(
    [ & ]
    {
      for ( const Vector& vector : neuron_type( neuron ).variables().vectors() )
      {
        if ( vector.size_variable != SIZE_MAX )
        {
          returned += vector.name + "\t" + std::to_string( vector.elements.size() ) + "\n";
        }
      }
    } );
  return returned.c_str();
}

/* Have columns for that many elements of a vector of a neuron model. */
NJ_API int
nj_make_room( const char* const neuron, const char* const vector, const uint32_t elements )
{
  return guarded( [ & ] { neuron_type( neuron ).make_room( vector, elements ); } );
}

/* Number of a text, for programs. */
NJ_API double
nj_text( const char* const text )
{
  return Texts::get().number( text );
}

/* Why a simulation with several threads was stopped, "" if it was not; told once. */
NJ_API const char*
nj_take_failure()
{
  returned = std::exchange( pending_failure(), {} );
  if ( not returned.empty() )
  {
    guarded(
      []
      {
        Dictionary none;
        none[ nest::names::update_time_limit ] = std::numeric_limits< double >::infinity();
        nest::kernel().simulation_manager.set_status( none );
      } );
  }
  return returned.c_str();
}

/* Forget what belonged to a kernel that was reset. */
NJ_API void
nj_forget()
{
  new_pairs().clear();
  refused_pairs().clear();
  DeviceRows::get().forget();
  creating() = false;
  ++kernel_epoch();
}

NJ_API void
nj_set_creating( const int value )
{
  creating() = value != 0;
}

/* Keep what setting nodes replaces from now on. */
NJ_API void
nj_journal_begin()
{
  journal() = { true, {} };
}

/* Keep it no longer, or give all nodes back what they had. */
NJ_API void
nj_journal_end( const int undo )
{
  if ( undo )
  {
    journal().undo();
  }
  journal() = {};
}

NJ_API void
nj_set_checking( const int value )
{
  checking() = value != 0;
}

/* What kernels depend on, in less time than the whole status takes: the resolution in ms, the seed, and
 * whether structural plasticity may make connections. */
NJ_API int
nj_settings( double* const resolution, uint64_t* const seed, int* const grows )
{
  return guarded(
    [ & ]
    {
      Dictionary random;
      nest::kernel().random_manager.get_status( random );
      *resolution = nest::Time::get_resolution().get_ms();
      *seed = static_cast< uint64_t >( random.get< long >( nest::names::rng_seed ) );
      *grows = nest::kernel().sp_manager.is_structural_plasticity_enabled();
    } );
}

/* Whether a node is one of ours. */
NJ_API int
nj_is_ours( const uint64_t node_id )
{
  bool ours = false;
  guarded(
    [ & ]
    {
      const auto model = nest::kernel().modelrange_manager.get_model_id( node_id );
      ours = dynamic_cast< nest::GenericModel< Shell >* >( nest::kernel().model_manager.get_node_model( model ) );
    } );
  return ours;
}

// --- NEST's table of connections to devices ------------------------------------------------------------

/* Keep rows of our neurons empty while NEST creates nodes (`ours`: such neurons), or else registers models. */
NJ_API int
nj_put_rows_aside( const int creating, const int ours )
{
  return guarded( [ & ] { DeviceRows::get().put_aside( creating != 0, ours != 0 ); } );
}

NJ_API int
nj_put_rows_back()
{
  return guarded( [] { DeviceRows::get().put_back(); } );
}

/* Let nodes be connected to devices; all nodes if `ids` is null. */
NJ_API int
nj_fill_rows( const uint64_t* const ids, const uint64_t n )
{
  return guarded( [ & ] { DeviceRows::get().fill( ids, n ); } );
}

/* Say whether NEST is asked for connections of kernels that may have been reset. */
NJ_API void
nj_doubt_connections( const int doubtful )
{
  DeviceRows::is_doubtful = doubtful != 0;
}

/* Whether any of the nodes is a device. */
NJ_API int
nj_has_devices( const uint64_t first_id, const uint64_t last_id )
{
  return has_devices( first_id, last_id );
}

// --- the store -----------------------------------------------------------------------------------------

/* Add the column of a synapse model's variable to a neuron model. */
NJ_API int
nj_add_moved( const char* const neuron,
  const char* const name,
  const char* const synapse,
  const char* const origin_name,
  const int kind,
  const int type,
  const char* const unit,
  const double constant )
{
  return guarded(
    [ & ]
    {
      Variable variable;
      variable.name = name;
      variable.kind = static_cast< Kind >( kind );
      variable.type = static_cast< Type >( type );
      variable.unit = unit;
      variable.constant = constant;
      variable.recordable = variable.kind == Kind::moved_state;
      variable.origin_name = origin_name;
      variable.origin = Registry::get().synapses.at( nj_synapse_base( synapse ) );
      neuron_type( neuron ).add_moved( variable );
    } );
}

NJ_API int
nj_hide_moved( const char* const neuron, const char* const name, const int hidden )
{
  return guarded( [ & ] { neuron_type( neuron ).hide_moved( name, hidden != 0 ); } );
}

/* Whether all neurons of a model agree in a variable: 1 yes (in `value`), 0 no, 2 there are none,
 * -1 error. */
NJ_API int
nj_neuron_value( const char* const neuron, const char* const variable, double* const value )
{
  int agreement = 2;
  const int failed = guarded(
    [ & ]
    {
      NeuronType& type = neuron_type( neuron );
      const size_t c = find_variable( type.variables(), neuron, variable );
      for ( auto& block : type.blocks() )
      {
        double of_block = 0.0;
        if ( not block or block->store().lanes() == 0 )
        {
          continue;
        }
        const bool uniform = block->store().column( c ).is_uniform( block->store().lanes(), of_block );
        if ( not uniform or ( agreement == 1 and of_block != *value ) )
        {
          agreement = 0;
          return;
        }
        agreement = 1;
        *value = of_block;
      }
    } );
  return failed ? -1 : agreement;
}

/* Set a variable of all neurons of a model, guards unchecked: for values that come with a synapse. */
NJ_API int
nj_set_neuron_value( const char* const neuron, const char* const variable, const double value )
{
  return guarded(
    [ & ]
    {
      NeuronType& type = neuron_type( neuron );
      const size_t c = find_variable( type.variables(), neuron, variable );
      for ( auto& block : type.blocks() )
      {
        for ( size_t lane = 0; block and lane < block->store().lanes(); ++lane )
        {
          block->write( c, lane, value );
        }
      }
    } );
}

/* Whether all connections of a model agree in a variable: as nj_neuron_value. */
NJ_API int
nj_synapse_value( const char* const synapse, const char* const variable, double* const value )
{
  bool seen = false;
  bool uniform = true;
  const int failed = guarded(
    [ & ]
    {
      for_each_thread( synapse,
        [ & ]( SynapseModel& model )
        {
          const size_t c = find_variable( model.description().variables, synapse, variable );
          for ( const ColumnarConnector* const connector : model.connectors()->connectors )
          {
            uniform = uniform and connector->is_uniform( c, seen, *value );
          }
        } );
    } );
  return failed ? -1 : not uniform ? 0 : seen ? 1 : 2;
}

// --- kernels -------------------------------------------------------------------------------------------

NJ_API void*
nj_binding_new( const char* const neuron, const NjKernel* const kernel, const uint64_t seed )
{
  auto* const handle = new BindingDraft { std::make_unique< Binding >(), neuron };
  handle->binding->kernel = kernel;
  handle->binding->seed = seed;
  return handle;
}

NJ_API void
nj_binding_drop( void* const handle )
{
  delete &binding_draft( handle );
}

/* The kernel's next column: an internal of its own, or the store's column of that name. */
NJ_API int
nj_binding_column( void* const handle, const char* const name, const int internal )
{
  return guarded(
    [ & ]
    {
      BindingDraft& d = binding_draft( handle );
      d.binding->names.emplace_back( name );
      if ( internal )
      {
        d.binding->columns.push_back( { true, d.binding->internals++ } );
        return;
      }
      const Variables& variables = neuron_type( d.neuron ).variables();
      const size_t c = find_variable( variables, d.neuron, name );
      d.binding->columns.push_back( { false, c } );
      if ( variables[ c ].is_parameter() )
      {
        d.binding->parameters.push_back( c );
      }
    } );
}

NJ_API int
nj_binding_history( void* const handle, const char* const name )
{
  return guarded(
    [ & ]
    {
      BindingDraft& d = binding_draft( handle );
      d.binding->history.push_back( find_variable( neuron_type( d.neuron ).variables(), d.neuron, name ) );
    } );
}

/* The kernel's next row of earlier values: those of a state. */
NJ_API int
nj_binding_past( void* const handle, const char* const name )
{
  return guarded(
    [ & ]
    {
      BindingDraft& d = binding_draft( handle );
      d.binding->past.push_back( find_variable( neuron_type( d.neuron ).variables(), d.neuron, name ) );
    } );
}

/* A delay with which the kernel reads a variable, in steps in one of its columns. */
NJ_API int
nj_binding_delay( void* const handle, const char* const variable, const uint32_t column )
{
  return guarded( [ & ] { binding_draft( handle ).binding->delays.push_back( { variable, column } ); } );
}

NJ_API int
nj_binding_delivery( void* const handle,
  const char* const synapse,
  const int uses_history,
  const uint32_t scalars,
  const double* const scalar )
{
  return guarded(
    [ & ]
    {
      BindingDraft& d = binding_draft( handle );
      const NjKernel& kernel = *d.binding->kernel;
      BoundDelivery delivery;
      for ( uint32_t i = 0; i < kernel.deliveries; ++i )
      {
        if ( std::string( kernel.delivery[ i ].synapse ) == synapse )
        {
          delivery.functions = &kernel.delivery[ i ];
        }
      }
      if ( not delivery.functions )
      {
        throw nest::KernelException( std::string( "The kernel does not know the synapse model '" ) + synapse + "'." );
      }
      delivery.uses_history = uses_history != 0;
      delivery.scalars.assign( scalar, scalar + scalars );
      delivery.scratch.resize( delivery.functions->scratch );
      if ( delivery.functions->prepare )
      {
        delivery.functions->prepare(
          delivery.scalars.data(), nest::Time::get_resolution().get_ms(), delivery.scratch.data() );
      }
      d.binding->deliveries[ synapse ] = std::move( delivery );
    } );
}

NJ_API int
nj_binding_delivery_column( void* const handle,
  const char* const synapse,
  const char* const name,
  const int per_source )
{
  return guarded(
    [ & ]
    {
      BoundDelivery& delivery = binding_draft( handle ).binding->deliveries.at( synapse );
      delivery.columns.emplace_back( name );
      delivery.per_source.push_back( per_source != 0 );
    } );
}

/* The kernel's next signal, a variable of the neuron. */
NJ_API void
nj_binding_signal( void* const handle, const char* const name )
{
  binding_draft( handle ).binding->signals.emplace_back( name );
}

/* Say that a delivery reads signals of times between presynaptic spikes. */
NJ_API int
nj_binding_delivery_flush( void* const handle, const char* const synapse )
{
  return guarded( [ & ] { binding_draft( handle ).binding->deliveries.at( synapse ).flush = true; } );
}

NJ_API int
nj_binding_delivery_moved( void* const handle, const char* const synapse, const char* const name )
{
  return guarded( [ & ] { binding_draft( handle ).binding->deliveries.at( synapse ).moved.emplace_back( name ); } );
}

NJ_API int
nj_binding_delivery_seed( void* const handle, const char* const synapse, const char* const name )
{
  return guarded( [ & ] { binding_draft( handle ).binding->deliveries.at( synapse ).seeds.emplace_back( name ); } );
}

/* Attach a finished binding to all neurons of its model, or (model "") for the targets of its synapse
 * models that are not ours; takes the handle. */
NJ_API int
nj_binding_attach( void* const handle )
{
  const std::unique_ptr< BindingDraft > finished( &binding_draft( handle ) );
  return guarded(
    [ & ]
    {
      check_layout( *finished->binding );
      NeuronType* const type = finished->neuron.empty() ? nullptr : &neuron_type( finished->neuron );
      const std::shared_ptr< const Binding > binding = std::move( finished->binding );
      for ( const auto& item : binding->deliveries )
      {
        for_each_thread( item.first,
          [ & ]( SynapseModel& model )
          {
            fit_connections( model, item.second, type );
            if ( not type )
            {
              model.attach_foreign( binding );
            }
          } );
      }
      if ( type )
      {
        type->attach( binding );
      }
    } );
}

/* How many entries a neuron's history may have before connections are brought up to date for its sake. */
NJ_API void
nj_set_history_limit( const uint32_t entries )
{
  history_limit() = entries;
}

/* Entries that the histories of a model's neurons have memory for. */
NJ_API uint64_t
nj_history_entries( const char* const neuron )
{
  uint64_t entries = 0;
  guarded(
    [ & ]
    {
      for ( const auto& block : neuron_type( neuron ).blocks() )
      {
        entries += block ? block->remembered_entries() : 0;
      }
    } );
  return entries;
}

/* Called before each simulation: what connectors looked up in the last one is stale. */
NJ_API void
nj_begin_run()
{
  ++binding_epoch();
  DeviceRows::get().empty_unused();
}

/* Let Ctrl-C end a simulation, from now on, or no longer. */
NJ_API void
nj_watch_interrupts( const int wanted )
{
  wanted ? watch_interrupts() : unwatch_interrupts();
}
