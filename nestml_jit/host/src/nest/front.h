/* A node in front of all others of a thread while NEST simulates: it is updated first in each slice. */
#ifndef NESTML_JIT_FRONT_H
#define NESTML_JIT_FRONT_H

namespace nestml_jit
{

/* Let synapses that emit at times of their own do so before NEST's own neurons are updated, from now on. */
void begin_fronts();

/* ... and no longer. */
void end_fronts();

} // namespace nestml_jit

#endif /* NESTML_JIT_FRONT_H */
