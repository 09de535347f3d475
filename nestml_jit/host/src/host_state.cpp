/* The one place where the host's mutable globals live. */
#include "host_state.h"

#include "nest/front.h"
#include "nest/fused_generators.h"
#include "nest/fused_recorders.h"
#include "nest/recordables.h"
#include "nest/walk.h"

namespace nestml_jit
{

namespace
{

HostState* const state = new HostState; // never destroyed: NEST's nodes may go later

} // namespace

HostState::HostState() = default;

void
HostState::forget_kernel()
{
  new_pairs.clear();
  refused_pairs.clear();
  read_recordables.clear();
  Recordables::forget();
  device_rows.forget();
  if ( fused_generators )
  {
    fused_generators->forget();
    fused_generators.reset();
  }
  walks.clear();
  fused_recorders.reset();
  creating = false;
  ++kernel_epoch;
  generation.raise();
}

HostState&
host_state()
{
  return *state;
}

ThreadState&
thread_state()
{
  static thread_local ThreadState own;
  return own;
}

} // namespace nestml_jit
