/* Delivery of events along connections. */
#include "synapses/connector.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernel_manager.h"
#include "weight_recorder.h"

#include "nest/shell.h"
#include "nest/synapse_model.h"

namespace nestml_jit
{

/* Look up the target's kernel and what its delivery needs; once per simulation. */
void
ColumnarConnector::bind( Target& target )
{
  const Binding* const binding = target.block ? target.block->type().binding() : model_->foreign_binding();
  target.bound = nullptr;
  target.epoch = binding_epoch();
  target.slots_of = INT64_MIN;
  if ( binding )
  {
    const auto found = binding->deliveries.find( model_->get_name() );
    target.bound = found == binding->deliveries.end() ? nullptr : &found->second;
  }
  if ( not target.bound )
  {
    throw nest::KernelException( "The kernel attached to "
      + ( target.block ? target.block->type().name() : "NEST's neurons" ) + " does not know the synapse model '"
      + model_->get_name() + "'." );
  }
  const Variables& variables = model_->description().variables;
  target.column.clear();
  for ( size_t i = 0; i < target.bound->columns.size(); ++i )
  {
    const size_t c = variables.find( target.bound->columns[ i ] );
    target.column.push_back( c );
    // for connectors that structural plasticity makes after the kernel was attached
    apply_mode( c, target.bound->per_source[ i ] ? SynapseColumn::Mode::source : SynapseColumn::Mode::connection );
  }
  fit_past();
  for ( size_t c = variables.size(); c < columns_.size(); ++c )
  {
    target.column.push_back( c );
  }

  NjDelivery& delivery = target.delivery;
  delivery.past = static_cast< uint32_t >( past_ );
  delivery.scalar = target.bound->scalars.data();
  delivery.scratch = target.bound->scratch.data();
  delivery.emitted = nullptr;
  delivery.stdp_eps = 0.0;
  delivery.modulation = modulation_.data();
  if ( not target.block )
  {
    prepare_mirror( *binding );
    delivery.block = &mirror_->nj();
    return;
  }
  const Receptor receptor = Receptor::of_route( target.rport );
  const Channels& channels = target.block->input().channels();
  const uint64_t stride = target.block->nj().channel_stride;
  const auto offset = [ stride ]( const int32_t channel ) { return channel < 0 ? -1 : int64_t( channel * stride ); };
  delivery.block = &target.block->nj();
  delivery.positive = channels.of( receptor.positive ) * stride;
  delivery.negative = channels.of( receptor.negative ) * stride;
  delivery.negative_sign = receptor.positive == receptor.negative ? 1.0 : -1.0;
  delivery.count_positive = offset( channels.count_of( receptor.positive ) );
  delivery.count_negative = offset( channels.count_of( receptor.negative ) );
}

/* Tell the block which of its channels this slice's spikes may reach. */
void
ColumnarConnector::activate_channels( const Target& target )
{
  if ( not target.block )
  {
    return;
  }
  const Receptor receptor = Receptor::of_route( target.rport );
  const Channels& channels = target.block->input().channels();
  for ( const Place place : { receptor.positive, receptor.negative } )
  {
    target.block->input().activate( channels.of( place ) );
    if ( channels.count_of( place ) >= 0 )
    {
      target.block->input().activate( static_cast< uint32_t >( channels.count_of( place ) ) );
    }
  }
}

/* Offsets of the ring slots at which a spike of step t_spike arrives, by delay index. */
const uint64_t*
ColumnarConnector::slot_offsets( Target& target, const int64_t t_spike, const int64_t origin )
{
  const long min_delay = nest::kernel().connection_manager.get_min_delay();
  const size_t delays = delay_steps_.size();
  if ( target.slots_of != origin or target.slot_offset.size() != 2 * min_delay * delays )
  {
    target.slots_of = origin;
    activate_channels( target );
    target.slot_offset.resize( 2 * min_delay * delays );
    target.slot_known.assign( 2 * min_delay, false );
  }
  // spikes of neurons come from the previous slice, those of devices from this one
  const auto lag = static_cast< size_t >( t_spike - 1 - origin + min_delay );
  uint64_t* const row = target.slot_offset.data() + lag * delays;
  if ( not target.slot_known[ lag ] )
  {
    target.slot_known[ lag ] = true;
    const auto limit = nest::kernel().connection_manager.get_max_delay() + min_delay;
    for ( size_t d = 0; d < delays; ++d )
    {
      const long relative = t_spike + delay_steps_[ d ] - 1 - origin;
      if ( relative >= 0 and relative < limit )
      {
        row[ d ] = nest::kernel().event_delivery_manager.get_modulo( relative ) * target.delivery.block->lane_stride;
      }
    }
  }
  return row;
}

/* Whether a run's connections are all alike, for synapses that change nothing about them. */
bool
ColumnarConnector::is_alike( Run& run )
{
  if ( run.alike == Alike::unknown )
  {
    const auto equal = [ & ]( const auto& values )
    {
      const auto first = values.begin() + run.first;
      return std::all_of( first, first + run.size, [ first ]( const auto value ) { return value == *first; } );
    };
    const auto delays = [ & ]
    {
      const uint16_t* const first = places_.delays( run.first, run.size );
      return std::all_of( first, first + run.size, [ first ]( const uint16_t index ) { return index == *first; } );
    };
    const bool alike = not model_->description().plastic and ( places_.have_one_delay() or delays() )
      and std::all_of( columns_.begin(),
        columns_.end(),
        [ & ]( const SynapseColumn& column )
        { return column.mode != SynapseColumn::Mode::connection or equal( column.values ); } );
    run.alike = alike ? Alike::yes : Alike::no;
  }
  return run.alike == Alike::yes;
}

/* A value of a connection changes: look at its run anew. */
void
ColumnarConnector::forget_alike( const size_t lcid )
{
  if ( lcid < indexed_ )
  {
    runs_[ run_of( lcid ) ].alike = Alike::unknown;
  }
}

/* A run as a kernel sees it. */
NjRun
ColumnarConnector::view( Run& run, const Target& target )
{
  pointers_.clear();
  for ( const size_t c : target.column )
  {
    SynapseColumn& column = columns_[ c ];
    pointers_.push_back(
      column.values.data() + ( column.mode == SynapseColumn::Mode::source ? run.segment : run.first ) );
  }
  const Segment& segment = segments_[ run.segment ];
  return NjRun { places_.lanes( run.first, run.size ),
    places_.delays( run.first, run.size ),
    pointers_.data(),
    run.size,
    segment.t_last,
    segment.t_done,
    is_alike( run ) };
}

void
ColumnarConnector::deliver( Run& run,
  nest::Event& e,
  const int64_t t_spike,
  const int64_t origin,
  const size_t multiplicity )
{
  Target& target = targets_[ run.kind ];
  if ( not target.block and not model_->description().plastic )
  {
    for ( size_t lcid = run.first; lcid < run.first + run.size; ++lcid )
    {
      send_event( lcid, e, weight( lcid ) );
    }
    return;
  }
  if ( target.epoch != binding_epoch() )
  {
    bind( target );
  }
  NjDelivery& delivery = target.delivery;
  delivery.delay_steps = delay_steps_.data();
  delivery.t_spike = t_spike;
  delivery.multiplicity = static_cast< uint32_t >( multiplicity );
  delivery.source_id = source_id( run );
  delivery.signal_last = target.block ? target.block->factors().last( origin ) : origin;
  if ( not target.block )
  {
    deliver_to_foreign( run, e, origin );
    return;
  }
  delivery.slot_offset = slot_offsets( target, t_spike, origin );
  const NjRun whole = view( run, target );
  if ( recorder_ )
  {
    emitted_.assign( run.size, std::numeric_limits< double >::quiet_NaN() );
  }
  delivery.emitted = recorder_ ? emitted_.data() : nullptr;
  delivery.note = recorder_ ? &ColumnarConnector::note : nullptr;
  delivery.notes = &notes_;
  notes_.clear();
  let_emit( target, run.first );
  if ( is_plain( run, target ) )
  {
    target.bound->functions->deliver( &delivery, &whole );
  }
  else
  {
    deliver_parts( run, target, whole );
  }
  if ( recorder_ )
  {
    record_weights( run, e );
  }
}

/* The past that a delivery reads, or null. */
const History*
ColumnarConnector::past_of( const Target& target ) const
{
  if ( not target.bound->uses_history )
  {
    return nullptr;
  }
  return target.block ? &target.block->past().history() : &mirror_->history();
}

/* Whether all connections of a run are equally far, and have at hand what they need of their targets' past. */
bool
ColumnarConnector::is_plain( const Run& run, const Target& target ) const
{
  const int64_t needed = segments_[ run.segment ].t_done - nest::kernel().connection_manager.get_max_delay();
  const History* const past = past_of( target );
  return ahead_.mode != SynapseColumn::Mode::connection and ( not past or past->reach( needed ) );
}

/* A part of a run, whose columns are `columns`; `pointers_` are then those of the part. */
NjRun
ColumnarConnector::part_of( const NjRun& whole,
  const Target& target,
  const std::vector< double* >& columns,
  const size_t begin,
  const size_t size )
{
  NjRun part = whole;
  part.lane += begin;
  part.delay += begin;
  part.size = static_cast< uint32_t >( size );
  for ( size_t i = 0; i < columns.size(); ++i )
  {
    const bool per_source = columns_[ target.column[ i ] ].mode == SynapseColumn::Mode::source;
    pointers_[ i ] = columns[ i ] + ( per_source ? 0 : begin );
  }
  return part;
}

/* Give a part of a run, number `begin` and following, what it needs of its targets' past, and make it shorter if its
 * connections are not equally far, or that would be too much at once. */
void
ColumnarConnector::equip( NjRun& part, const Run& run, Target& target, const size_t begin )
{
  NjBlock& block = target.block ? target.block->nj() : mirror_->nj();
  target.delivery.block = &block;
  const size_t first = run.first + begin;
  part.t_done = done( run, first );
  uint32_t size = 1;
  while ( size < part.size and done( run, first + size ) == part.t_done )
  {
    ++size;
  }
  part.size = size;
  const History* const past = past_of( target );
  const int64_t needed = part.t_done - nest::kernel().connection_manager.get_max_delay();
  if ( past and not past->reach( needed ) )
  {
    part.size = static_cast< uint32_t >( recollection_.recall( block, *past, part.lane, size, needed ) );
    target.delivery.block = &recollection_.block();
  }
}

/* Deliver a run part by part. */
void
ColumnarConnector::deliver_parts( const Run& run, Target& target, const NjRun& whole )
{
  const std::vector< double* > columns = pointers_;
  NjDelivery& delivery = target.delivery;
  double* const emitted = delivery.emitted;
  for ( uint32_t begin = 0; begin < run.size; )
  {
    NjRun part = part_of( whole, target, columns, begin, run.size - begin );
    equip( part, run, target, begin );
    delivery.emitted = emitted ? emitted + begin : nullptr;
    let_emit( target, run.first + begin );
    const size_t noted = notes_.size();
    target.bound->functions->deliver( &delivery, &part );
    for ( size_t n = noted; n < notes_.size(); ++n )
    {
      notes_[ n ].number += begin;
    }
    begin += part.size;
  }
  delivery.emitted = emitted;
  delivery.block = &target.block->nj();
  pointers_ = columns;
}

/* After the last run of a segment: its source's state moves over the spike. */
void
ColumnarConnector::finish_segment( const Run& run, const int64_t t_spike )
{
  Target& target = targets_[ run.kind ];
  Segment& segment = segments_[ run.segment ];
  if ( target.bound and target.bound->functions->spike )
  {
    target.bound->functions->spike( &target.delivery, pointers_.data(), segment.t_last );
  }
  segment.t_last = segment.t_done = t_spike;
}

/* Ask the processor for the first of a source's connections, while the rest is looked up: nobody can tell which source
 * spikes next, and kernels fetch only what comes behind them. */
void
ColumnarConnector::fetch( const size_t lcid ) const
{
  constexpr size_t batch = 64; // connections that a kernel delivers at once
  places_.fetch( lcid, 2 * batch );
  for ( const SynapseColumn& column : columns_ )
  {
    if ( column.mode == SynapseColumn::Mode::connection )
    {
      fetch_values( column.values.data() + lcid, batch );
    }
  }
}

/* Deliver to all runs of a source; returns the number of connections. */
size_t
ColumnarConnector::send_runs( const size_t first_run, nest::Event& e )
{
  const int64_t t_spike = e.get_stamp().get_steps();
  const int64_t origin = nest::kernel().simulation_manager.get_slice_origin().get_steps();
  const size_t multiplicity = static_cast< nest::SpikeEvent& >( e ).get_multiplicity();
  const uint32_t source = runs_[ first_run ].source;
  Texts::rest();
  sweep( origin );
  take_modulation();
  size_t delivered = 0;
  const Run* last = nullptr; /* of the segment */
  for ( size_t r = first_run; r < runs_.size() and runs_[ r ].source == source; ++r )
  {
    if ( not runs_[ r ].disabled )
    {
      deliver( runs_[ r ], e, t_spike, origin, multiplicity );
      last = &runs_[ r ];
    }
    delivered += runs_[ r ].size;
    if ( last and ( r + 1 == runs_.size() or runs_[ r + 1 ].segment != runs_[ r ].segment ) )
    {
      finish_segment( *last, t_spike );
      last = nullptr;
    }
  }
  return delivered;
}

/* Pass an event on through NEST's own path: to nodes that are not ours, and from devices. */
void
ColumnarConnector::send_event( const size_t lcid, nest::Event& e, const double weight )
{
  e.set_port( lcid );
  e.set_receiver( node( lcid ) );
  e.set_weight( weight );
  e.set_delay_steps( delay_steps_[ places_.delay( lcid ) ] );
  e.set_rport( receptor( lcid ) );
  e();
  if ( recorder_ and e.receiver_is_valid() )
  {
    record_weight( lcid, e.get_weight(), e );
  }
}

/* Tell the weight recorder of an event that a connection passed on. */
void
ColumnarConnector::record_weight( const size_t lcid, const double weight, nest::Event& e )
{
  const size_t thread = nest::kernel().vp_manager.get_thread_id();
  nest::WeightRecorderEvent record;
  record.set_port( lcid );
  record.set_rport( receptor( lcid ) );
  record.set_stamp( e.get_stamp() );
  record.set_sender_node_id( nest::kernel().connection_manager.get_source_node_id( thread, syn_id_, lcid ) );
  record.set_weight( weight );
  record.set_delay_steps( delay_steps_[ places_.delay( lcid ) ] );
  record.set_receiver( *recorder_ );
  record.set_receiver_node_id( node( lcid ).get_node_id() );
  record();
}

/* The same for connections that may have emitted several events. Of several spikes at once the last counts that
 * led to any, as if they were one. */
void
ColumnarConnector::record_notes( const Run& run, nest::Event& e )
{
  std::vector< uint32_t > last( run.size, 0 );
  for ( const Emission& emission : notes_ )
  {
    last[ emission.number ] = std::max( last[ emission.number ], emission.repeat );
  }
  for ( const Emission& emission : notes_ )
  {
    if ( emission.repeat == last[ emission.number ] )
    {
      record_weight( run.first + emission.number, emission.weight, e );
    }
  }
}

/* The same for all connections of a run that have emitted something. */
void
ColumnarConnector::record_weights( const Run& run, nest::Event& e )
{
  if ( not notes_.empty() )
  {
    record_notes( run, e );
    return;
  }
  for ( uint32_t i = 0; i < run.size; ++i )
  {
    if ( not std::isnan( emitted_[ i ] ) )
    {
      record_weight( run.first + i, emitted_[ i ], e );
    }
  }
}

void
ColumnarConnector::send_weight_event( const size_t,
  const unsigned int lcid,
  nest::Event& e,
  const nest::CommonSynapseProperties& )
{
  recorder_ = model_->recorder();
  if ( recorder_ and e.receiver_is_valid() )
  {
    record_weight( lcid, e.get_weight(), e );
  }
}

size_t
ColumnarConnector::send( const size_t, const size_t lcid, const std::vector< nest::ConnectorModel* >&, nest::Event& e )
{
  if ( e.is_flush_event() )
  {
    return 0;
  }
  follow_stretches();
  fetch( lcid );
  split_disabled();
  recorder_ = model_->recorder();
  return send_runs( run_of( lcid ), e );
}

void
ColumnarConnector::send_to_all( const size_t, const std::vector< nest::ConnectorModel* >&, nest::Event& e )
{
  if ( e.is_flush_event() )
  {
    return;
  }
  recorder_ = nullptr; // NEST does not record the weights of connections from devices
  if ( not model_->description().plastic )
  {
    for ( size_t lcid = 0; lcid < size(); ++lcid )
    {
      send_event( lcid, e, weight( lcid ) );
    }
    return;
  }
  if ( indexed_ != size() )
  {
    index_unsorted( { 0 } );
  }
  for ( Segment& segment : segments_ )
  {
    segment.source_id = e.get_sender().get_node_id();
  }
  send_runs( 0, e );
}

} // namespace nestml_jit
