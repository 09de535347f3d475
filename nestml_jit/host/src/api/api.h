/* What the parts of the host's C interface for Python (ctypes) share. Every call that can fail returns 0 for
 * success; the type and text of the last failure are then kept per thread. */
#ifndef NESTML_JIT_API_H
#define NESTML_JIT_API_H

#include <string>

#include "kernel_manager.h"

#include "host_state.h"
#include "nest/synapse_model.h"
#include "neurons/neuron_type.h"

#define NJ_API extern "C" __attribute__( ( visibility( "default" ) ) )

namespace nestml_jit
{

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
    thread_state().error_type = e.exception_name();
    thread_state().error_text = e.what();
  }
  catch ( const std::exception& e )
  {
    thread_state().error_type = "KernelException";
    thread_state().error_text = e.what();
  }
  return 1;
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

/* The neuron model of a name, which must be registered. */
NeuronType& neuron_type( const std::string& name );

/* The index of a variable of a model, `owner` by name. */
size_t find_variable( const Variables& variables, const std::string& owner, const std::string& name );

} // namespace nestml_jit

#endif /* NESTML_JIT_API_H */
