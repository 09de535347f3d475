/* The C interface: kernels are attached to neuron models. */
#include "api/api.h"

#include <memory>

#include "nest/front.h"
#include "nest/interrupt.h"
#include "synapses/connector.h"

using namespace nestml_jit;

namespace
{

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

/* Give all connections the past that their equations read, before a simulation. */
void
fit_pasts()
{
  for ( size_t tid = 0; tid < nest::kernel().vp_manager.get_num_threads(); ++tid )
  {
    for ( nest::ConnectorModel* const any : nest::kernel().model_manager.get_connection_models( tid ) )
    {
      auto* const model = dynamic_cast< SynapseModel* >( any );
      if ( not model or model->description().past.empty() )
      {
        continue;
      }
      for ( ColumnarConnector* const connector : model->connectors()->connectors )
      {
        connector->fit_past();
      }
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
          trace.initial = model.defaults()[ model.description().variables.find( trace.name ) ];
        }
      } );
  }
}

/* Let new connections of models that the kernel so far knows begin with what it has kept for them. Returns the
 * other models, which are new to these neurons. */
std::vector< std::string >
seed_known( const Binding& binding, const NeuronType* const type )
{
  std::vector< std::string > fresh;
  for ( const auto& item : binding.deliveries )
  {
    bool known = false;
    for_each_thread( item.first,
      [ & ]( SynapseModel& model )
      {
        const Binding* const before = type ? type->binding() : model.foreign_binding();
        known = before and before->deliveries.count( item.first );
        for ( ColumnarConnector* const connector : model.connectors()->connectors )
        {
          connector->seed_known();
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
seed_fresh( const std::vector< std::string >& synapses, NeuronType* const type )
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
        for ( ColumnarConnector* const connector : model.connectors()->connectors )
        {
          connector->seed_all( type );
        }
      } );
  }
}

void
check_layout( const Binding& binding, const NeuronType* const type )
{
  const NjKernel& kernel = *binding.kernel;
  const bool has_rows =
    not type or Channels( type->description().ports, binding.port_sizes ).size() == binding.channels;
  if ( kernel.abi_version != NJ_ABI_VERSION or kernel.tile != NJ_TILE or kernel.columns != binding.columns.size()
    or kernel.history != binding.history.size() or kernel.hidden != binding.before.size()
    or kernel.signals != ( type ? binding.signals.size() : 0 ) or not has_rows )
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

NJ_API void*
nj_binding_new( const char* const neuron, const NjKernel* const kernel, const uint32_t channels, const uint64_t seed )
{
  auto* const handle = new BindingDraft { std::make_unique< Binding >(), neuron };
  handle->binding->kernel = kernel;
  if ( kernel->abi_version == NJ_ABI_VERSION )
  {
    *kernel->interrupt = &interrupt();
  }
  handle->binding->channels = channels;
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

/* The next of the states whose values right before a spike are kept. */
NJ_API int
nj_binding_before( void* const handle, const char* const name )
{
  return guarded(
    [ & ]
    {
      BindingDraft& d = binding_draft( handle );
      d.binding->before.push_back( find_variable( neuron_type( d.neuron ).variables(), d.neuron, name ) );
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

/* Say that a delivery reads signals of times between presynaptic spikes, and whether it does in every step. */
NJ_API int
nj_binding_delivery_flush( void* const handle, const char* const synapse, const int every_step )
{
  return guarded(
    [ & ]
    {
      BoundDelivery& delivery = binding_draft( handle ).binding->deliveries.at( synapse );
      delivery.flush = true;
      delivery.every_step = every_step;
    } );
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

/* The next parameter of a delivery's `replay`. */
NJ_API int
nj_binding_replay_parameter( void* const handle, const char* const synapse, const char* const name )
{
  return guarded( [ & ] { binding_draft( handle ).binding->deliveries.at( synapse ).replay.emplace_back( name ); } );
}

/* The next state of a delivery's `replay`, what drives it, the numbers of the parameters that this speaks of, and
 * whether NEST's neurons keep such a state. */
NJ_API int
nj_binding_replay_state( void* const handle,
  const char* const synapse,
  const char* const name,
  const char* const form,
  const uint32_t* const meaning,
  const uint32_t parameters,
  const int archived )
{
  return guarded(
    [ & ]
    {
      BoundTrace trace { name, form, std::vector< size_t >( meaning, meaning + parameters ), archived != 0 };
      binding_draft( handle ).binding->deliveries.at( synapse ).traces.push_back( std::move( trace ) );
    } );
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
      NeuronType* const type = finished->neuron.empty() ? nullptr : &neuron_type( finished->neuron );
      finished->binding->port_sizes = type ? type->port_sizes() : std::vector< size_t >();
      check_layout( *finished->binding, type );
      ++binding_epoch(); // connectors point into bindings that may end now
      note_initial( *finished->binding );
      const std::shared_ptr< const Binding > binding = std::move( finished->binding );
      const std::vector< std::string > fresh = seed_known( *binding, type );
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
      seed_fresh( fresh, type );
    } );
}

/* How many entries a neuron's history may have before older ones are packed. */
NJ_API void
nj_set_history_limit( const uint32_t entries )
{
  history_limit() = entries;
}

/* The sum of a number over the blocks of a model's neurons. */
template < typename Number >
static uint64_t
sum_of_blocks( const char* const neuron, Number number )
{
  uint64_t sum = 0;
  guarded(
    [ & ]
    {
      for ( const auto& block : neuron_type( neuron ).blocks() )
      {
        sum += block ? number( *block ) : 0;
      }
    } );
  return sum;
}

/* Bytes that the histories of a model's neurons take, and their signals. */
NJ_API uint64_t
nj_history_bytes( const char* const neuron )
{
  return sum_of_blocks(
    neuron, []( Block& block ) { return block.past().history().bytes() + block.factors().bytes(); } );
}

/* Bytes that the signals of a model's neurons take. */
NJ_API uint64_t
nj_signal_bytes( const char* const neuron )
{
  return sum_of_blocks( neuron, []( const Block& block ) { return block.factors().bytes(); } );
}

/* Say how many bytes signals may take before users are warned, on each thread; 0 is the usual number. */
NJ_API void
nj_set_signal_budget( const uint64_t bytes )
{
  SignalBudget::get().set( bytes );
}

/* Called before each simulation: what connectors looked up in the last one is stale, and if it is a prepared one
 * that goes on, so may be what blocks did. */
NJ_API int
nj_begin_run()
{
  return guarded(
    []
    {
      ++binding_epoch();
      fit_pasts();
      SignalBudget::get().begin_run();
      DeviceRows::get().empty_unused();
      for ( const auto& [ name, type ] : neuron_types() )
      {
        for ( const auto& block : type->blocks() )
        {
          if ( block and nest::kernel().simulation_manager.has_been_prepared() )
          {
            block->refit();
          }
        }
      }
      begin_fronts();
      Recordables::begin_run();
    } );
}

namespace
{

/* Take out of NEST's arrays the nodes that are only there while it simulates. */
void
take_out_nodes()
{
  Recordables::end_run();
  end_fronts();
}

} // namespace

/* Called after each simulation, however it ended. */
NJ_API void
nj_end_run()
{
  take_out_nodes();
}

/* Let Ctrl-C end a simulation of so many ms, 0 if the time is not known, from now on. */
NJ_API void
nj_watch_interrupts( const double duration )
{
  watch_interrupts( nest::Time( nest::Time::ms( duration ) ).get_steps() );
}

/* ... and no longer; returns the place of a loop that was given up, null if none was. */
NJ_API const char*
nj_unwatch_interrupts()
{
  take_out_nodes(); // Ctrl-C may have kept Python from doing so
  return unwatch_interrupts();
}
