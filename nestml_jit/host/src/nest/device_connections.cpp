#include "nest/device_connections.h"

#include "nest/shell.h"

namespace nestml_jit
{

/* An event that notes along which connections it is sent. */
class DeviceConnections::Probe : public nest::SpikeEvent
{
public:
  explicit Probe( DeviceConnections& found )
    : found_( found )
  {
  }

  void
  operator()() override
  {
    if ( Shell* const target = as_shell( get_receiver() ) )
    {
      found_.ours_.push_back( { get_port(), target, get_rport(), get_delay_steps(), get_weight() } );
    }
    else
    {
      found_.others_.push_back( { get_port(), get_receiver().get_node_id() } );
    }
  }

private:
  DeviceConnections& found_;
};

DeviceConnections::DeviceConnections( nest::ConnectorBase& connector,
  const size_t thread,
  const std::vector< nest::ConnectorModel* >& models )
{
  Probe probe( *this );
  connector.send_to_all( thread, models, probe );
}

} // namespace nestml_jit
