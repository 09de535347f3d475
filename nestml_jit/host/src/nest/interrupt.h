/* Ctrl-C during a simulation.
 *
 * NEST itself learns of it when the simulation is over. Here the current time slice becomes the last one: the simulation
 * ends there as if it had been asked for no longer, the kernel is in order, and Python raises what it has noted.
 * A loop of a model that has not ended some time after Ctrl-C is given up; what is computed then means nothing,
 * and NEST is told so.
 */

#ifndef NESTML_JIT_INTERRUPT_H
#define NESTML_JIT_INTERRUPT_H

#include <atomic>
#include <csignal>

#include <pthread.h>

#include "nestml_jit_abi.h"

namespace nestml_jit
{

/* Who listens for Ctrl-C, and what it has heard. */
struct InterruptWatch
{
  std::atomic< bool > interrupted { false };       /* ... and no slice was made the last one yet */
  std::atomic< const char* > given_up { nullptr }; /* the place of a loop that was */
  struct sigaction before {};
  bool on = false;
  double wished = 0.0; /* when Ctrl-C came, in seconds */
  long steps = 0;      /* how many are to be simulated, 0 if not known */
  pthread_t thread {};
  NjInterrupt told; /* what kernels look at */

  InterruptWatch();
};

/* Steps that a simulation that was ended has left, so that NEST will do them with the next one. */
long steps_left();

/* What kernels look at. */
const NjInterrupt& interrupt();

/* Listen for Ctrl-C, beside whoever does so now; `steps` is how many are to be simulated, 0 if not known.
 * To be called by the thread that simulates, which is also the one that signals are delivered to. */
void watch_interrupts( long steps );

/* Listen no longer; returns the place of the loop that was given up, null if none was. */
const char* unwatch_interrupts();

/* Called while the slice from `from` to `to` is computed, by any thread: no step after it is to be done. */
void end_if_interrupted( long from, long to );

} // namespace nestml_jit

#endif
