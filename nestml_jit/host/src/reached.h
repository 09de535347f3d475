/* The time that a simulation has reached, at any moment. */
#ifndef NESTML_JIT_REACHED_H
#define NESTML_JIT_REACHED_H

#include <cstdint>

#include "kernel_manager.h"
#include "simulation_manager.h"

namespace nestml_jit
{

/* The step that the simulation has reached. NEST's `get_time` is an assertion that no simulation runs, which fails
 * where structural plasticity makes connections, or an error is described. */
inline int64_t
reached_step()
{
  const auto& simulation = nest::kernel().simulation_manager;
  return simulation.get_slice_origin().get_steps() + simulation.get_from_step();
}

} // namespace nestml_jit

#endif
