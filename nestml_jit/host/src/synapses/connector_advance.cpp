/* What connections show between presynaptic spikes, and what they need for that. */
#include "synapses/connector.h"

#include <algorithm>
#include <limits>

#include "kernel_manager.h"
#include "nest/reached.h"
#include "volume_transmitter.h"

#include "nest/synapse_model.h"

namespace nestml_jit
{

/* Make ready what the functions that pass time need. */
ColumnarConnector::Target&
ColumnarConnector::prepare_advance( Run& run, const size_t lcid, const int64_t until )
{
  Target& target = targets_[ run.kind ];
  if ( target.epoch != binding_epoch() )
  {
    bind( target );
  }
  if ( not target.block )
  {
    fetch_signals();
  }
  if ( not target.block and model_->description().has_post )
  {
    mirror_->read( places_.lane( lcid ), until, [ & ] { return reader_->oldest_needed(); } );
  }
  NjDelivery& delivery = target.delivery;
  delivery.delay_steps = delay_steps_.data();
  delivery.t_spike = until;
  delivery.multiplicity = 0;
  delivery.source_id = source_id( run );
  delivery.emit = nullptr; // who looks at a connection sends nothing
  const int64_t origin = nest::kernel().simulation_manager.get_slice_origin().get_steps();
  delivery.signal_last = target.block ? target.block->factors().last( origin ) : origin;
  return target;
}

/* Whether there is a kernel for a connection, and time has passed that it may have left out. */
bool
ColumnarConnector::can_pass( const size_t lcid ) const
{
  if ( lcid >= indexed_ )
  {
    return false;
  }
  const Target& target = targets_[ kind( lcid ) ];
  if ( target.block )
  {
    return target.block->tiles().are_fitted()
      and target.block->type().binding()->deliveries.count( model_->get_name() );
  }
  return mirror_ and model_->foreign_binding() and model_->foreign_binding()->deliveries.count( model_->get_name() );
}

/* Copy a connection's variables, and make ready to let time pass for it up to a step. */
ColumnarConnector::Apart
ColumnarConnector::set_apart( const size_t lcid, const int64_t until )
{
  Run& run = runs_[ run_of( lcid ) ];
  Target& target = prepare_advance( run, lcid, until );
  const NjRun whole = view( run, target );
  const std::vector< double* > columns = pointers_;
  Apart apart { &target, part_of( whole, target, columns, lcid - run.first, 1 ), {} };
  equip( apart.view, run, target, lcid - run.first );
  for ( const double* const pointer : pointers_ )
  {
    apart.values.push_back( *pointer );
  }
  for ( size_t i = 0; i < pointers_.size(); ++i )
  {
    pointers_[ i ] = &apart.values[ i ];
  }
  return apart;
}

/* Let time pass for a connection up to step `until`, with all postsynaptic and modulatory spikes that reach it, and
 * then up to step `told`, where that divides an interval between two events that is else left whole. Returns whether
 * it has. */
bool
ColumnarConnector::pass( Apart& apart, const int64_t until, const int64_t told )
{
  const NjDeliveryFunctions& functions = *apart.target->bound->functions;
  if ( functions.advance and until > apart.view.t_done )
  {
    functions.advance( &apart.target->delivery, &apart.view, until );
    apart.view.t_done = until;
  }
  const bool settles = functions.settle and told >= apart.view.t_done;
  if ( settles )
  {
    functions.settle( &apart.target->delivery, &apart.view, told );
  }
  apart.target->delivery.block = apart.target->block ? &apart.target->block->nj() : &mirror_->nj();
  return settles;
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

/* Forget what all connections have made use of, when there is twice as much as the last time. */
void
ColumnarConnector::forget_modulation()
{
  constexpr size_t few = 64;
  const size_t many = std::max( few, 2 * modulation_kept_ );
  const auto is_long = [ many ]( const ModulatorySpikes& spikes ) { return spikes.size() >= many; };
  if ( std::none_of( modulatory_.begin(), modulatory_.end(), is_long ) )
  {
    return;
  }
  int64_t used = indexed_ < size() ? since_ : std::numeric_limits< int64_t >::max();
  for ( const Segment& segment : segments_ )
  {
    used = std::min( used, segment.t_done );
  }
  modulation_kept_ = 0;
  for ( size_t port = 0; port < modulatory_.size(); ++port )
  {
    modulatory_[ port ].forget( used );
    modulation_[ port ] = modulatory_[ port ].view();
    modulation_kept_ = std::max( modulation_kept_, modulatory_[ port ].size() );
  }
}

/* A volume transmitter is about to forget its spikes, and wants them to have had their effect. They have when
 * somebody looks. */
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
  forget_modulation();
  due_ = nest::kernel().simulation_manager.get_slice_origin().get_steps();
  told_ = nest::Time( nest::Time::ms( t_trig ) ).get_steps();
}

/* The step up to which a connection is up to date. */
int64_t
ColumnarConnector::done( const Run& run, const size_t lcid ) const
{
  const int64_t all = segments_[ run.segment ].t_done;
  return ahead_.mode == SynapseColumn::Mode::connection
    ? std::max( all, static_cast< int64_t >( ahead_.values[ lcid ] ) )
    : all;
}

/* Bring a connection to the state that it shows, since a user is about to change that: what has acted so far does not
 * act on what is set. Presynaptic spikes of the slice that is not delivered yet come too late for that. */
void
ColumnarConnector::catch_up( const size_t lcid )
{
  if ( told_ == INT64_MIN or not can_pass( lcid ) or done( runs_[ run_of( lcid ) ], lcid ) >= told_ )
  {
    return;
  }
  bring( lcid, due_, told_ );
}

/* Bring a single connection to step `until`, and to step `told` if it can pass that far (see `pass`). */
void
ColumnarConnector::bring( const size_t lcid, const int64_t until, const int64_t told )
{
  Apart apart = set_apart( lcid, until );
  const int64_t reached = pass( apart, until, told ) ? told : std::max( until, apart.view.t_done );
  for ( size_t i = 0; i < apart.values.size(); ++i )
  {
    set_value( apart.target->column[ i ], lcid, apart.values[ i ] );
  }
  if ( ahead_.mode != SynapseColumn::Mode::connection )
  {
    ahead_.mode = SynapseColumn::Mode::connection;
    ahead_.values.assign( size(), 0.0 );
  }
  ahead_.values[ lcid ] = static_cast< double >( reached );
}

/* Put what a connection keeps into a row of its variables: its state as of the last presynaptic spike, or, if it is
 * modulated, of the last delivery of a volume transmitter. Returns the step if it is the latter. */
int64_t
ColumnarConnector::settle( const size_t lcid, std::vector< double >& row )
{
  for ( size_t c = 0; c < row.size(); ++c )
  {
    row[ c ] = value( c, lcid );
  }
  int64_t step = INT64_MIN;
  if ( told_ != INT64_MIN and can_pass( lcid ) and done( runs_[ run_of( lcid ) ], lcid ) < told_ )
  {
    Apart apart = set_apart( lcid, due_ );
    step = pass( apart, due_, told_ ) ? told_ : due_;
    put( apart, row );
  }
  return step;
}

/* Put what a connection shows into a row. */
void
ColumnarConnector::show( const size_t lcid, std::vector< double >& row )
{
  const Mirror::Watch watch( mirror_.get() );
  const int64_t step = settle( lcid, row );
  raise_failure( lcid );
  look( lcid, row, step );
  model_->description().variables.refresh_internals( row.data() );
}

/* Tell who looks at a connection what went wrong while time passed for it. */
void
ColumnarConnector::raise_failure( const size_t lcid )
{
  Block* const block = targets_[ kind( lcid ) ].block;
  const std::string text = block ? block->failure().take() : mirror_ ? mirror_->take_failure() : "";
  if ( not text.empty() )
  {
    throw nest::KernelException( text );
  }
}

/* The same for the present: as if all spikes that have reached the synapse had been processed. */
void
ColumnarConnector::show_now( const size_t lcid, std::vector< double >& row )
{
  show( lcid, row );
  if ( not can_pass( lcid ) )
  {
    return;
  }
  const Mirror::Watch watch( mirror_.get() );
  const int64_t now = reached_step();
  take_modulation();
  Apart apart = set_apart( lcid, now );
  pass( apart, now, now );
  raise_failure( lcid );
  if ( apart.target->bound->functions->spike )
  {
    apart.target->bound->functions->spike( &apart.target->delivery, pointers_.data(), apart.view.t_last );
  }
  put( apart, row );
  look( lcid, row, now );
  model_->description().variables.refresh_internals( row.data() );
}

/* Put the variables of a connection that was set apart into a row. */
void
ColumnarConnector::put( const Apart& apart, std::vector< double >& row )
{
  for ( size_t i = 0; i < apart.values.size(); ++i )
  {
    row[ apart.target->column[ i ] ] = apart.values[ i ];
  }
}

} // namespace nestml_jit
