/* Devices that send the same current to all targets. */
#ifndef NESTML_JIT_COMMON_SENDING_H
#define NESTML_JIT_COMMON_SENDING_H

#include <vector>

#include "generators/weighted_input.h"
#include "nest/device_connections.h"
#include "nest/remaining_targets.h"

namespace nestml_jit
{

/* Stands in the place of a connector of such a device. NEST sends one event in each step, whose current is added to the
 * input of all targets at once: at the same moment and in the same order as by single events, so that sums are the same. */
class CommonSending : public RemainingTargets
{
public:
  CommonSending( nest::ConnectorBase& whole,
    std::vector< size_t > others,
    bool passes_all,
    const std::vector< DeviceConnection >& connections );

  bool
  is_needed() const override
  {
    return true;
  }

  void send_to_all( size_t tid, const std::vector< nest::ConnectorModel* >& cm, nest::Event& e ) override;

private:
  std::vector< WeightedInput > inputs_;
};

/* The step of the slice in which a device sends an event. */
uint32_t lag_of( const nest::Event& event );

} // namespace nestml_jit

#endif /* NESTML_JIT_COMMON_SENDING_H */
