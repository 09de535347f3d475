/* Ctrl-C during a simulation.
 *
 * NEST itself hears of it when the simulation is over. Here the next time slice in which a block of ours is
 * updated becomes the last one: the simulation ends there as if it had been asked for no longer, the kernel is
 * in order, and Python raises what it has noted.
 */

#ifndef NESTML_JIT_INTERRUPT_H
#define NESTML_JIT_INTERRUPT_H

#include <atomic>
#include <csignal>

#include "kernel_manager.h"

#include "private_member.h"

namespace nestml_jit
{

/* NEST has no call that ends a simulation early. */
struct StepsToDo
{
  using type = long nest::SimulationManager::*;
  friend type reveal( StepsToDo );
};

template struct Reveal< StepsToDo, &nest::SimulationManager::to_do_ >;

inline std::atomic< bool >&
interrupted()
{
  static std::atomic< bool > value { false };
  return value;
}

inline struct sigaction&
interrupt_handler_before()
{
  static struct sigaction before {};
  return before;
}

extern "C" inline void
nj_on_interrupt( const int number, siginfo_t* const info, void* const context )
{
  interrupted().store( true );
  const struct sigaction& before = interrupt_handler_before();
  if ( before.sa_flags & SA_SIGINFO )
  {
    before.sa_sigaction( number, info, context );
  }
  else if ( before.sa_handler != SIG_DFL and before.sa_handler != SIG_IGN )
  {
    before.sa_handler( number );
  }
}

/* Listen for Ctrl-C, beside whoever does so now. */
inline void
watch_interrupts()
{
  interrupted(); // made now, since a signal handler must not make it
  struct sigaction ours {};
  ours.sa_sigaction = nj_on_interrupt;
  ours.sa_flags = SA_SIGINFO;
  sigemptyset( &ours.sa_mask );
  interrupted().store( false );
  sigaction( SIGINT, &ours, &interrupt_handler_before() );
}

inline void
unwatch_interrupts()
{
  sigaction( SIGINT, &interrupt_handler_before(), nullptr );
}

/* Called while the slice from `from` to `to` is computed, by any thread: no step after it is to be done. */
inline void
end_if_interrupted( const long from, const long to )
{
  if ( interrupted().load( std::memory_order_relaxed ) and interrupted().exchange( false ) )
  {
    nest::kernel().simulation_manager.*reveal( StepsToDo() ) = to - from;
  }
}

} // namespace nestml_jit

#endif
