/* Used where NEST was built without the model volume_transmitter: no node is one then, and the functions
 * are never called. */
#ifndef NESTML_JIT_STUB_VOLUME_TRANSMITTER_H
#define NESTML_JIT_STUB_VOLUME_TRANSMITTER_H

#include <vector>

#include "node.h"
#include "spikecounter.h"

namespace nest
{

class volume_transmitter : public Node
{
public:
  const std::vector< spikecounter >&
  deliver_spikes()
  {
    static const std::vector< spikecounter > none;
    return none;
  }
};

} // namespace nest

#endif /* NESTML_JIT_STUB_VOLUME_TRANSMITTER_H */
