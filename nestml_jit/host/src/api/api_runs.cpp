/* The C interface: what is done before and after simulations, and what histories may take. */
#include "api/api.h"

#include "nest/connections.h"
#include "nest/device_rows.h"
#include "nest/front.h"
#include "nest/fused_generators.h"
#include "nest/fused_recorders.h"
#include "nest/interrupt.h"
#include "nest/recordables.h"
#include "nest/simulation.h"
#include "nest/time_slices.h"
#include "nest/walk.h"
#include "signals/signal_budget.h"

using namespace nestml_jit;

namespace
{

/* Give all connections the past that their equations read, before a simulation. */
void
fit_pasts()
{
  for_each_synapse_model(
    []( SynapseModel& model )
    {
      if ( model.description().past.empty() )
      {
        return;
      }
      for ( Connections* const connections : model.connectors()->all )
      {
        connections->delayed.fit();
      }
    } );
}

/* Give NEST's arrays back the nodes that they have, and no others, after they were fitted to a simulation. */
void
restore_nodes()
{
  end_fused_recorders();
  end_walks();
  Recordables::end_run();
  end_fronts();
  end_fused_generators();
}

/* What connectors looked up in the last simulation is stale, and if it is a prepared one that goes on, so may be what
 * blocks did. */
void
begin_run( const bool are_bound_anew )
{
  restore_nodes();
  ++host_state().binding_epoch;
  host_state().signal_budget.begin_run();
  host_state().device_rows.empty_unused();
  for ( const auto& [ name, type ] : host_state().neuron_types )
  {
    for ( const auto& block : type->blocks() )
    {
      if ( block and is_prepared() )
      {
        block->refit();
      }
    }
  }
  begin_fused_generators( are_bound_anew );
  begin_fused_recorders( steps_to_do( host_state().duration ) );
}

/* The sum of a number over the blocks of a model's neurons. */
template < typename Number >
uint64_t
sum_of_blocks( const char* const neuron, Number number )
{
  uint64_t sum = 0;
  guarded(
    [ & ]
    {
      for ( const auto& block : neuron_type( neuron ).blocks() )
      {
        sum += block ? number( *block ) : 0;
      }
    } );
  return sum;
}

} // namespace

/* How many entries a neuron's history may have before older ones are packed. */
NJ_API void
nj_set_history_limit( const uint32_t entries )
{
  host_state().history_limit = entries;
}

/* Bytes that the histories of a model's neurons take, and their signals. */
NJ_API uint64_t
nj_history_bytes( const char* const neuron )
{
  return sum_of_blocks(
    neuron, []( Block& block ) { return block.past().history().bytes() + block.factors().bytes(); } );
}

/* Bytes that the signals of a model's neurons take. */
NJ_API uint64_t
nj_signal_bytes( const char* const neuron )
{
  return sum_of_blocks( neuron, []( const Block& block ) { return block.factors().bytes(); } );
}

/* Say how many bytes signals may take before users are warned, on each thread; 0 is the usual number. */
NJ_API void
nj_set_signal_budget( const uint64_t bytes )
{
  host_state().signal_budget.set( bytes );
}

/* Say whether blocks generate what generators of NEST's would send to them, from the next simulation on. */
NJ_API void
nj_fuse_generators( const int wanted )
{
  host_state().fuses_generators = wanted;
}

/* How many connections of NEST's generators were taken over in the last simulation. */
NJ_API uint64_t
nj_fused_connections()
{
  const auto& fused = host_state().fused_generators;
  return fused ? fused->connections() : 0;
}

/* How often connections of devices were read, which is done when they may have changed. */
NJ_API uint64_t
nj_device_readings()
{
  return host_state().device_readings;
}

/* Say whether connections of NEST's static synapse onto neurons of ours are stored in columns, from the next one on. */
NJ_API void
nj_store_static_synapses( const int wanted )
{
  host_state().stores_static_synapses = wanted;
}

/* Say how many ms the simulation is to take that begins next. */
NJ_API void
nj_expect( const double duration )
{
  host_state().duration = duration;
}

/* Called before each simulation for which kernels were bound anew. */
NJ_API int
nj_begin_run()
{
  return guarded(
    []
    {
      fit_pasts();
      begin_run( true );
      begin_fronts();
      Recordables::begin_run();
      begin_walks();
      host_state().generation.settle();
    } );
}

/* Whether kernels are bound for what there is now. */
NJ_API int
nj_is_bound()
{
  return host_state().generation.is_bound();
}

/* Say that something has changed that Python keeps, and that the binding of kernels depends on. */
NJ_API void
nj_note_change()
{
  host_state().generation.raise();
}

/* Say that parameters of devices may have been set, or else what is sent along connections: weights, delays. */
NJ_API void
nj_note_set( const int connections )
{
  if ( connections )
  {
    host_state().device_connections.raise();
  }
  else
  {
    host_state().devices_were_set = true;
  }
}

/* Begin a simulation for which kernels are bound already: 1 if it has begun, 0 if they must be bound first, -1 error. */
NJ_API int
nj_resume()
{
  if ( not host_state().generation.is_bound() )
  {
    return 0;
  }
  const int failed = guarded(
    []
    {
      begin_run( false );
      if ( host_state().wants_fronts )
      {
        begin_fronts();
      }
      Recordables::begin_run();
      begin_walks();
    } );
  return failed ? -1 : 1;
}

/* Called after each simulation, however it ended. */
NJ_API void
nj_end_run()
{
  restore_nodes();
}

/* Let Ctrl-C end a simulation of so many ms, 0 if the time is not known, from now on. */
NJ_API void
nj_watch_interrupts( const double duration )
{
  watch_interrupts( steps_of_ms( duration ) );
}

/* ... and no longer; returns the place of a loop that was given up, null if none was. */
NJ_API const char*
nj_unwatch_interrupts()
{
  restore_nodes(); // Ctrl-C may have kept Python from doing so
  return unwatch_interrupts();
}
