#include "nest/fused_recorders.h"

#include <atomic>
#include <memory>
#include <utility>

#include "host_state.h"
#include "nest/memory_backend.h"
#include "nest/simulation.h"

namespace nestml_jit
{

namespace
{

uint64_t
present_change()
{
  return host_state().recorder_changes.load( std::memory_order_relaxed ) + host_state().device_rows.changes;
}

} // namespace

void
note_recorders()
{
  host_state().recorder_changes.fetch_add( 1, std::memory_order_relaxed );
}

FusedRecorders::FusedRecorders( const std::set< uint64_t >& left_to_nest )
  : change_( present_change() )
  , multimeters_( left_to_nest )
{
}

bool
FusedRecorders::is_current() const
{
  return change_ == present_change() and multimeters_.are_current() and spike_recorders_.are_current();
}

void
FusedRecorders::begin_run( const int64_t steps )
{
  has_begun_ = true;
  multimeters_.begin_run( steps );
  spike_recorders_.begin_run();
  hide( true );
}

/* Take away from NEST what blocks do while it simulates, or give it back. */
void
FusedRecorders::hide( const bool wanted )
{
  is_hidden_ = wanted;
  multimeters_.hide( wanted );
  spike_recorders_.swap_rows();
}

void
FusedRecorders::end_run()
{
  if ( not std::exchange( has_begun_, false ) )
  {
    return;
  }
  if ( is_hidden_ )
  {
    hide( false );
  }
  multimeters_.end_run();
  spike_recorders_.end_run();
}

void
begin_fused_recorders( const int64_t steps )
{
  auto& recorders = host_state().fused_recorders;
  if ( is_prepared() and not MemoryBackend::find() )
  {
    return; // NEST has prepared recorders with its own back end
  }
  if ( not recorders or not recorders->is_current() )
  {
    const std::set< uint64_t > left_to_nest = recorders ? recorders->left_to_nest() : std::set< uint64_t >();
    recorders = nullptr;
    recorders = std::make_unique< FusedRecorders >( left_to_nest );
  }
  recorders->begin_run( steps );
}

void
end_fused_recorders()
{
  if ( host_state().fused_recorders )
  {
    host_state().fused_recorders->end_run();
  }
}

} // namespace nestml_jit
