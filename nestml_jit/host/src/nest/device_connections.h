/* What the connections of a device on a thread are, whatever their model is. */
#ifndef NESTML_JIT_DEVICE_CONNECTIONS_H
#define NESTML_JIT_DEVICE_CONNECTIONS_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "connector_base.h"
#include "event.h"

namespace nestml_jit
{

class Shell;

/* A connection to a neuron of ours. */
struct DeviceConnection
{
  Shell* target;
  size_t receptor;
  int64_t delay; /* steps */
  double weight;
};

/* Reads connections as an event that is sent along them and does not arrive: models that just pass a weight on do nothing
 * else. */
class DeviceConnections
{
public:
  DeviceConnections( nest::ConnectorBase& connector,
    size_t thread,
    const std::vector< nest::ConnectorModel* >& models );

  const std::vector< DeviceConnection >&
  ours() const
  {
    return ours_;
  }

  /* Numbers of the connections to other nodes. */
  const std::vector< size_t >&
  others() const
  {
    return others_;
  }

private:
  class Probe;

  std::vector< DeviceConnection > ours_;
  std::vector< size_t > others_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_DEVICE_CONNECTIONS_H */
