/* What NEST's recorders, and connections to them, are like. */
#ifndef NESTML_JIT_RECORDING_DEVICES_H
#define NESTML_JIT_RECORDING_DEVICES_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "recording_device.h"

#include "host_state.h"
#include "neurons/block.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

/* Where a recorder records to, and how many events it counts: NEST shows both only together with all events. */
const std::string& record_to( const nest::RecordingDevice& device );
size_t& counted_events( nest::RecordingDevice& device );

/* Whether all of these record to memory. */
bool are_in_memory( const std::vector< nest::RecordingDevice* >& devices );

/* Steps behind which a recorder is active, and until which. */
std::pair< int64_t, int64_t > active_steps( const nest::RecordingDevice& device );

/* Whether all that connections of a model do is to pass events on. */
bool just_passes_on( size_t thread, size_t synapse_model );

/* Call a function for each block of a thread. */
template < typename Visit >
void
for_each_block( const size_t thread, Visit visit )
{
  for ( const auto& [ name, type ] : host_state().neuron_types )
  {
    if ( thread < type->blocks().size() and type->blocks()[ thread ] )
    {
      visit( *type->blocks()[ thread ] );
    }
  }
}

} // namespace nestml_jit

#endif /* NESTML_JIT_RECORDING_DEVICES_H */
