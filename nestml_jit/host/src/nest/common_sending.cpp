#include "nest/common_sending.h"

#include <utility>

#include "nest/input_targets.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

uint32_t
lag_of( const nest::Event& event )
{
  return static_cast< uint32_t >( event.get_stamp().get_steps() - 1 - slice_origin() );
}

CommonSending::CommonSending( nest::ConnectorBase& whole,
  std::vector< size_t > others,
  const bool passes_all,
  const std::vector< DeviceConnection >& connections )
  : RemainingTargets( whole, std::move( others ), passes_all )
{
  std::vector< InputTarget > targets = input_targets( connections, Sent::currents );
  inputs_ = weighted_inputs( targets );
}

void
CommonSending::send_to_all( const size_t tid, const std::vector< nest::ConnectorModel* >& cm, nest::Event& e )
{
  const double current = static_cast< nest::CurrentEvent& >( e ).get_current();
  const uint32_t lag = lag_of( e );
  for ( WeightedInput& input : inputs_ )
  {
    input.send( lag, current );
  }
  RemainingTargets::send_to_all( tid, cm, e );
}

} // namespace nestml_jit
