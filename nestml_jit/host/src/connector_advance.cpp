/* What connections do between presynaptic spikes, so that the past that it needs can be forgotten. */
#include "connector.h"

#include <algorithm>
#include <limits>

#include "kernel_manager.h"
#include "volume_transmitter.h"

#include "synapse_model.h"

namespace nestml_jit
{

/* Process all postsynaptic and modulatory spikes that reach the synapses up to a step, where that was not
 * done since step `stale`. No presynaptic spike of an earlier step than `until` may come any more. */
void
ColumnarConnector::advance( const int64_t until, const int64_t stale )
{
  take_modulation();
  follow_stretches();
  for ( Run& run : runs_ )
  {
    if ( segments_[ run.segment ].t_done < std::min( until, stale ) )
    {
      advance_run( run, until );
    }
  }
  for ( Segment& segment : segments_ )
  {
    segment.t_done = segment.t_done < std::min( until, stale ) ? until : segment.t_done;
  }
}

/* Make ready what the functions that pass time need. */
ColumnarConnector::Target&
ColumnarConnector::prepare_advance( Run& run, const int64_t until )
{
  Target& target = targets_[ run.kind ];
  if ( target.epoch != binding_epoch() )
  {
    bind( target );
  }
  if ( not target.bound->functions->advance )
  {
    return target;
  }
  if ( not target.block )
  {
    read_pasts( run, until );
  }
  NjDelivery& delivery = target.delivery;
  delivery.delay_steps = delay_steps_.data();
  delivery.t_spike = until;
  delivery.multiplicity = 0;
  delivery.source_id = source_id( run );
  delivery.signal_last = nest::kernel().simulation_manager.get_slice_origin().get_steps();
  return target;
}

void
ColumnarConnector::advance_run( Run& run, const int64_t until )
{
  const Target& target = prepare_advance( run, until );
  if ( target.bound->functions->advance )
  {
    const NjRun whole = view( run, target );
    target.bound->functions->advance( &target.delivery, &whole, until );
  }
}

/* Let time pass for a connection up to the last delivery of its transmitters, where that divides an interval
 * between two events. The result goes to a row of its variables, so that nobody sees the division later, or, for
 * the user wants to change something, to the connection itself. False if there is no such interval. */
bool
ColumnarConnector::settle( const size_t lcid, std::vector< double >* const row )
{
  if ( lcid >= indexed_ or segments_[ runs_[ run_of( lcid ) ].segment ].t_done >= told_ )
  {
    return false;
  }
  Run& run = runs_[ run_of( lcid ) ];
  const Target& target = prepare_advance( run, told_ );
  if ( not target.bound->functions->settle )
  {
    return false;
  }
  NjRun one = view( run, target );
  const size_t number = lcid - run.first;
  one.lane += number;
  one.delay += number;
  one.size = 1;
  std::vector< double > copies;
  for ( double*& pointer : pointers_ )
  {
    pointer += number; // columns of such synapses are all per connection
    copies.push_back( *pointer );
  }
  for ( size_t i = 0; row and i < copies.size(); ++i )
  {
    pointers_[ i ] = &copies[ i ];
  }
  target.bound->functions->settle( &target.delivery, &one, told_ );
  for ( size_t i = 0; row and i < copies.size(); ++i )
  {
    ( *row )[ target.column[ i ] ] = copies[ i ];
  }
  return true;
}

/* Copy the spikes of targets that are not ours. */
void
ColumnarConnector::read_pasts( const Run& run, const int64_t until )
{
  for ( size_t lcid = run.first; model_->description().has_post and lcid < run.first + run.size; ++lcid )
  {
    mirror_->read( places_.lane( lcid ), until, [ & ] { return reader_->oldest_needed(); } );
  }
}

/* Let the pasts of targets that are not ours be forgotten from time to time: nobody asks for more room for
 * them as blocks do. Spikes of the slice before this one are still being delivered. */
void
ColumnarConnector::sweep( const int64_t origin )
{
  constexpr int64_t steps_per_entry = 64;
  if ( mirror_ and model_->description().has_post and origin - swept_ > steps_per_entry * history_limit() )
  {
    swept_ = origin;
    const int64_t until = origin - nest::kernel().connection_manager.get_min_delay();
    advance( until, until );
  }
}

/* The node ID of a run's source. If connections are not sorted, and NEST was told to forget where they come
 * from, it is a number that no node has: random numbers then depend on the number of threads. */
uint64_t
ColumnarConnector::source_id( const Run& run )
{
  constexpr uint64_t unknown = uint64_t( 1 ) << 48;
  uint64_t& id = segments_[ run.segment ].source_id;
  if ( id == 0 )
  {
    auto& connections = nest::kernel().connection_manager;
    const size_t thread = nest::kernel().vp_manager.get_thread_id();
    id = connections.get_keep_source_table() ? connections.get_source_node_id( thread, syn_id_, run.first )
                                             : unknown + ( uint64_t( thread ) << 40 ) + run.first;
  }
  return id;
}

// --- modulation ------------------------------------------------------------------------------------

/* Take the modulatory spikes that came since the last time. */
void
ColumnarConnector::take_modulation()
{
  for ( size_t port = 0; port < modulatory_.size(); ++port )
  {
    modulatory_[ port ].take( model_->transmitter( port )->deliver_spikes() );
    modulation_[ port ] = modulatory_[ port ].view();
  }
}

/* Forget what all connections have made use of. */
void
ColumnarConnector::forget_modulation()
{
  int64_t used = indexed_ < size() ? since_ : std::numeric_limits< int64_t >::max();
  for ( const Segment& segment : segments_ )
  {
    used = std::min( used, segment.t_done );
  }
  for ( size_t port = 0; port < modulatory_.size(); ++port )
  {
    modulatory_[ port ].forget( used );
    modulation_[ port ] = modulatory_[ port ].view();
  }
}

/* A volume transmitter is about to forget its spikes, and wants them to have had their effect. They have
 * when somebody looks, or when there are many. */
void
ColumnarConnector::trigger_update_weight( const long vt_node_id,
  const size_t,
  const std::vector< nest::spikecounter >&,
  const double t_trig,
  const std::vector< nest::ConnectorModel* >& )
{
  if ( not model_->listens_to( vt_node_id ) )
  {
    return;
  }
  take_modulation();
  due_ = nest::kernel().simulation_manager.get_slice_origin().get_steps();
  told_ = nest::Time( nest::Time::ms( t_trig ) ).get_steps();
  const bool many = std::any_of( modulatory_.begin(),
    modulatory_.end(),
    []( const ModulatorySpikes& spikes ) { return spikes.size() > history_limit(); } );
  if ( many )
  {
    advance( due_, due_ );
    forget_modulation();
  }
}

/* Bring the connections of a source to the state that they are to show. */
void
ColumnarConnector::catch_up( const size_t lcid )
{
  if ( lcid >= indexed_ )
  {
    return;
  }
  size_t run = run_of( lcid );
  const uint32_t segment = runs_[ run ].segment;
  if ( segments_[ segment ].t_done >= due_ )
  {
    return;
  }
  while ( run > 0 and runs_[ run - 1 ].segment == segment )
  {
    --run;
  }
  for ( ; run < runs_.size() and runs_[ run ].segment == segment; ++run )
  {
    advance_run( runs_[ run ], due_ );
  }
  segments_[ segment ].t_done = due_;
}

} // namespace nestml_jit
