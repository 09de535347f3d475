/* The time that a simulation has reached, at any moment. */
#ifndef NESTML_JIT_REACHED_H
#define NESTML_JIT_REACHED_H

#include <cstdint>

#include "kernel_manager.h"
#include "simulation_manager.h"

#include "nest/private_member.h"

namespace nestml_jit
{

struct IsSimulating
{
  using type = bool nest::SimulationManager::*;
  friend type reveal( IsSimulating );
};

template struct Reveal< IsSimulating, &nest::SimulationManager::simulating_ >;

/* Whether NEST simulates right now. */
inline bool
is_simulating()
{
  return nest::kernel().simulation_manager.*reveal( IsSimulating() );
}

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
