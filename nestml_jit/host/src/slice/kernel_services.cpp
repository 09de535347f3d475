#include "slice/kernel_services.h"

#include <sstream>
#include <string>

#include "host_state.h"
#include "nest/failures.h"
#include "nest/messages.h"
#include "nest/time_slices.h"
#include "neurons/neuron_type.h"
#include "values/texts.h"

namespace nestml_jit
{

KernelServices::KernelServices( const NeuronType& type,
  const Nodes& nodes,
  SpikeBuffer& spikes,
  NeuronPast& past,
  FirstFailure& failure,
  NjBlock& nj )
  : type_( type )
  , nodes_( nodes )
  , spikes_( spikes )
  , past_( past )
  , failure_( failure )
  , nj_( nj )
{
  nj.host = this;
  nj.emit = &KernelServices::emit;
  nj.grow = &KernelServices::grow;
  nj.message = &KernelServices::message;
  nj.fail = &KernelServices::fail;
  nj.out_of_range = &KernelServices::out_of_range;
  nj.intern = []( const char* const text ) { return host_state().texts.number( text ); };
  nj.text = []( const double number ) { return host_state().texts.text( number ).c_str(); };
}

void
KernelServices::emit( void* const host, const uint32_t lane, const uint32_t lag )
{
  static_cast< KernelServices* >( host )->spikes_.add( lane, lag );
}

void
KernelServices::grow( void* const host, const uint32_t lane )
{
  static_cast< KernelServices* >( host )->past_.grow( lane );
}

void
KernelServices::message( void* const host, const uint32_t lane, const int32_t level, const char* const text )
{
  const auto& mine = *static_cast< const KernelServices* >( host );
  print( level, "Node " + std::to_string( mine.nodes_.ids()[ lane ] ) + " (" + mine.type_.name() + ")", text );
}

void
KernelServices::fail( void* const host, const uint32_t lane, const uint32_t lag, const char* const what )
{
  auto& mine = *static_cast< KernelServices* >( host );
  if ( not mine.failure_.is_noted() )
  {
    std::ostringstream text;
    text << "Node " << mine.nodes_.ids()[ lane ] << " (model '" << mine.type_.name()
         << "') cannot be integrated in the step that ends at " << ms_of_step( mine.nj_.origin + lag + 1 )
         << " ms: " << what
         << ". Choose another solver for the model, a smaller resolution, or look at the node's parameters.";
    mine.failure_.note( text.str() );
  }
}

void
KernelServices::out_of_range( void* const host,
  const uint32_t lane,
  const int64_t step,
  const char* const vector,
  const int64_t index,
  const int64_t size,
  const char* const synapse,
  const uint64_t source )
{
  auto& mine = *static_cast< KernelServices* >( host );
  if ( not mine.failure_.is_noted() )
  {
    const WrongIndex wrong { step, vector, index, size, synapse, source };
    mine.failure_.note( wrong.text( mine.type_.name(), mine.nodes_.ids()[ lane ] ) );
  }
}

} // namespace nestml_jit
