/* What the parts of the host's C interface for Python (ctypes) share. Every call that can fail returns 0 for
 * success; the type and text of the last failure are then kept per thread. */
#ifndef NESTML_JIT_API_H
#define NESTML_JIT_API_H

#include <exception>
#include <string>

#include "host_state.h"
#include "nest/errors.h"
#include "nest/models.h"
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
  catch ( const std::exception& error )
  {
    thread_state().error_type = name_of_error( error );
    thread_state().error_text = error.what();
  }
  return 1;
}

/* The neuron model of a name, which must be registered. */
NeuronType& neuron_type( const std::string& name );

/* The index of a variable of a model, `owner` by name. */
size_t find_variable( const Variables& variables, const std::string& owner, const std::string& name );

/* The name of the description behind a registered synapse model of ours, or "". */
std::string described_synapse( const std::string& name );

} // namespace nestml_jit

#endif /* NESTML_JIT_API_H */
