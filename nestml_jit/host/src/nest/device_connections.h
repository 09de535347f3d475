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
  size_t number; /* among the connector's */
  Shell* target;
  size_t receptor;
  int64_t delay; /* steps */
  double weight;
};

/* A connection to another node. */
struct OtherConnection
{
  size_t number;
  uint64_t node_id;
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

  const std::vector< OtherConnection >&
  others() const
  {
    return others_;
  }

private:
  class Probe;

  std::vector< DeviceConnection > ours_;
  std::vector< OtherConnection > others_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_DEVICE_CONNECTIONS_H */
