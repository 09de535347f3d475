/* The simulation as a whole: its settings, and where it stands. */
#ifndef NESTML_JIT_SIMULATION_H
#define NESTML_JIT_SIMULATION_H

#include <cstddef>
#include <cstdint>

namespace nestml_jit
{

/* The seed of the random number streams. */
uint64_t rng_seed();

/* Whether structural plasticity may make connections. */
bool may_grow();

/* Whether Prepare was called, and Cleanup was not: nodes are ready, and so is what they looked up. */
bool is_prepared();

/* How many steps NEST goes on if it is asked to for so many ms. */
int64_t steps_to_do( double duration );

/* Let a slice take as long as it likes again, after `end_with` has asked for the contrary. */
void lift_time_limit();

} // namespace nestml_jit

#endif /* NESTML_JIT_SIMULATION_H */
