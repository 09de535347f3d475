/* Errors that end a simulation from inside of it. */
#include <limits>
#include <sstream>

#include "exceptions.h"
#include "kernel_manager.h"
#include "nest_names.h"

#include "host_state.h"
#include "nest/failures.h"
#include "nest/threads.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

void
end_with( std::string text )
{
#pragma omp critical( nestml_jit_failure )
  if ( host_state().failure.empty() )
  {
    host_state().failure = std::move( text );
    Dictionary limit;
    limit[ nest::names::update_time_limit ] = std::numeric_limits< double >::min();
    nest::kernel().simulation_manager.set_status( limit );
  }
}

void
stop_simulation( std::string text )
{
  if ( number_of_threads() == 1 )
  {
    throw nest::KernelException( text );
  }
  end_with( std::move( text ) );
}

std::string
WrongIndex::text( const std::string& model, const uint64_t node_id ) const
{
  std::ostringstream text;
  if ( synapse )
  {
    text << "The connection from node " << source << " to node " << node_id << " (synapse model '" << synapse << "')";
  }
  else
  {
    text << "Node " << node_id << " (model '" << model << "')";
  }
  const double when = ms_of_step( step );
  if ( not vector )
  {
    text << " divides an integer by zero at " << when << " ms. Look at how the model computes the divisor.";
    return text.str();
  }
  if ( size < 0 )
  {
    text << " calls the function '" << vector << "' without end at " << when
         << " ms: more than 10000 calls of it are open. Look at how the function stops calling itself.";
    return text.str();
  }
  text << " has no element " << index << " of '" << vector << "' at " << when << " ms: there "
       << ( size == 1 ? "is " : "are " ) << size << ", counted from 0. Look at how the model computes the index.";
  return text.str();
}

} // namespace nestml_jit
