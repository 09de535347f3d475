/* Modulatory spikes that a volume transmitter had not delivered yet when a connection was made. */
#ifndef NESTML_JIT_EARLIER_MODULATION_H
#define NESTML_JIT_EARLIER_MODULATION_H

#include "nest/modulatory_input.h"
#include "synapses/connection_data.h"
#include "synapses/lone_advance.h"

namespace nestml_jit
{

/* A volume transmitter hands over all spikes since its last delivery, and NEST's synapse takes all that it gets: also
 * those that were released before it was made. So do connections of ours, before anything else happens to them.
 *
 * Example: a transmitter delivers at 4 ms and at 8 ms, and has a spike at 5 ms. A connection that is made at 7 ms has
 * heard it at 8 ms. Its clock begins at 5 ms for that.
 *
 * Models whose events would come too late for their targets, and those that read third factors, which nobody has kept
 * for them, begin with the spikes that come after they were made. */
class EarlierModulation
{
public:
  EarlierModulation( ConnectionData& data, LoneAdvance& advance, ModulatoryInput& modulation );

  /* Let connections hear of such spikes, once there is a kernel. */
  void
  tell()
  {
    if ( data_.index.has_unheard() )
    {
      tell_all();
    }
  }

private:
  void tell_all();
  bool concerns( const Run& run ) const;

  ConnectionData& data_;
  LoneAdvance& advance_;
  ModulatoryInput& modulation_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_EARLIER_MODULATION_H */
