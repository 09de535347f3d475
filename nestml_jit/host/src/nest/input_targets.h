/* Connections of devices as blocks take them. */
#ifndef NESTML_JIT_INPUT_TARGETS_H
#define NESTML_JIT_INPUT_TARGETS_H

#include <map>
#include <vector>

#include "generators/generated_rows.h"
#include "generators/weighted_input.h"
#include "nest/device_connections.h"
#include "neurons/channels.h"

namespace nestml_jit
{

class Block;

/* What is sent along a device's connections. */
enum class Sent
{
  spikes,
  currents
};

/* Finds where connections arrive. */
class InputTargets
{
public:
  explicit InputTargets( const Sent sent )
    : sent_( sent )
  {
  }

  /* Where a connection arrives in its target's block; the number is left open. */
  GeneratedTarget of( const DeviceConnection& connection );

private:
  const Channels& channels( Block& block );

  Sent sent_;
  std::map< Block*, Channels > channels_;
};

/* Where the connections of a device to neurons of ours arrive, in their order, and numbered among those to the same
 * lane. */
std::vector< InputTarget > input_targets( const std::vector< DeviceConnection >& connections, Sent sent );

} // namespace nestml_jit

#endif /* NESTML_JIT_INPUT_TARGETS_H */
