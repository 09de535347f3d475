/* Ctrl-C during a simulation: the handler, and what it tells NEST and kernels. */
#include "nest/interrupt.h"

#include <algorithm>
#include <ctime>

#include "kernel_manager.h"

#include "host_state.h"
#include "nest/failures.h"
#include "nest/private_member.h"

namespace nestml_jit
{

/* NEST has no call that ends a simulation early, and none that says that its state is spoilt. */
struct StepsToDo
{
  using type = long nest::SimulationManager::*;
  friend type reveal( StepsToDo );
};

struct IsInconsistent
{
  using type = bool nest::SimulationManager::*;
  friend type reveal( IsInconsistent );
};

template struct Reveal< StepsToDo, &nest::SimulationManager::to_do_ >;
template struct Reveal< IsInconsistent, &nest::SimulationManager::inconsistent_state_ >;

namespace
{

constexpr double patience = 0.25;     // seconds that a loop may go on after Ctrl-C
constexpr double long_patience = 1.0; // the same for recursions, of which nobody knows when they began

InterruptWatch&
watch()
{
  return host_state().interrupts;
}

double
seconds()
{
  timespec now;
  clock_gettime( CLOCK_MONOTONIC, &now );
  return static_cast< double >( now.tv_sec ) + 1e-9 * static_cast< double >( now.tv_nsec );
}

int32_t
give_up( double* const since, const char* const where )
{
  if ( watch().given_up.load( std::memory_order_relaxed ) )
  {
    return 1;
  }
  const double now = seconds();
  if ( since and *since == 0.0 )
  {
    *since = now;
  }
  if ( since ? now - *since < patience : now - watch().wished < long_patience )
  {
    return 0;
  }
  watch().given_up.store( where );
  return 1;
}

long&
steps_to_do()
{
  return nest::kernel().simulation_manager.*reveal( StepsToDo() );
}

/* Make the current slice the last one; if there is none yet, none begins.
 *
 * NEST's thread is the one that is interrupted, so that it reads or writes nothing meanwhile. It may only have read
 * the number of steps before, to write it right after: then Ctrl-C has no effect on a network without models of ours.
 */
void
end_simulation()
{
  long& to_do = steps_to_do();
  if ( to_do > 0 )
  {
    const nest::SimulationManager& manager = nest::kernel().simulation_manager;
    const long slice = std::max( manager.get_to_step() - manager.get_from_step(), 1L );
    to_do = std::min( to_do, slice );
  }
  else
  {
    to_do = -watch().steps; // NEST is about to add as many
  }
}

extern "C" void
nj_on_interrupt( const int number, siginfo_t* const info, void* const context )
{
  if ( not pthread_equal( pthread_self(), watch().thread ) )
  {
    pthread_kill( watch().thread, number );
    return;
  }
  watch().wished = watch().told.wanted ? watch().wished : seconds();
  watch().interrupted.store( true );
  watch().told.wanted = 1;
  end_simulation();
  if ( watch().before.sa_flags & SA_SIGINFO )
  {
    watch().before.sa_sigaction( number, info, context );
  }
  else if ( watch().before.sa_handler != SIG_DFL and watch().before.sa_handler != SIG_IGN )
  {
    watch().before.sa_handler( number );
  }
}

} // namespace

InterruptWatch::InterruptWatch()
  : told { 0, give_up }
{
}

long
steps_left()
{
  return nest::kernel().simulation_manager.*reveal( StepsToDo() );
}

const NjInterrupt&
interrupt()
{
  return watch().told;
}

void
watch_interrupts( const long steps )
{
  if ( watch().on )
  {
    return;
  }
  watch().on = true;
  watch().steps = steps;
  watch().thread = pthread_self();
  watch().interrupted.store( false );
  watch().given_up.store( nullptr );
  host_state().failure.clear(); // of a simulation whose error Ctrl-C has hidden
  struct sigaction ours {};
  ours.sa_sigaction = nj_on_interrupt;
  ours.sa_flags = SA_SIGINFO;
  sigemptyset( &ours.sa_mask );
  sigaction( SIGINT, &ours, &watch().before );
}

const char*
unwatch_interrupts()
{
  if ( not watch().on )
  {
    return nullptr;
  }
  sigaction( SIGINT, &watch().before, nullptr );
  watch().on = false;
  watch().told.wanted = 0;
  steps_to_do() = std::max( steps_to_do(), 0L );
  const char* const where = watch().given_up.load();
  if ( where )
  {
    nest::kernel().simulation_manager.*reveal( IsInconsistent() ) = true;
  }
  return where;
}

void
end_if_interrupted( const long from, const long to )
{
  if ( watch().interrupted.load( std::memory_order_relaxed ) and watch().interrupted.exchange( false ) )
  {
    steps_to_do() = to - from;
  }
}

} // namespace nestml_jit
