#include "nest/shell.h"

#include <algorithm>
#include <array>

#include "event_delivery_manager_impl.h"
#include "kernel_manager.h"
#include "nest_names.h"

#include "host_state.h"
#include "nest/data_logging.h"
#include "nest/device_rows.h"
#include "nest/fused_recorders.h"
#include "nest/row_dictionary.h"
#include "nest/time_slices.h"
#include "nest/walk.h"
#include "neurons/block.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

Shell::Shell( NeuronType& type )
  : ArchivingShell( type, nullptr )
{
}

Shell::Shell( Block& block )
  : ArchivingShell( block.type(), &block )
{
  take_lane( block.add( *this, type().defaults().values() ) );
  set_node_uses_wfr(
    type().description().refuses_gap_junctions.empty() and nest::kernel().simulation_manager.use_wfr() );
}

/* NEST asks this of a connection's ends before it looks for the connection in its table. */
bool
Shell::has_proxies() const
{
  if ( host_state().device_rows.is_doubtful )
  {
    const uint64_t id = get_node_id();
    host_state().device_rows.fill( &id, 1 );
  }
  return true;
}

// --- parameters and state ------------------------------------------------------------------------

namespace
{

/* Describe the receptors of a neuron as NEST's models do. */
void
get_receptors( const Ports& ports, const Layout& layout, Dictionary& d )
{
  Dictionary receptors;
  for ( const Receptor& receptor : layout.receptors )
  {
    for ( const std::string& name : ports.receptor_names( receptor ) )
    {
      if ( receptor.number > 0 )
      {
        receptors[ name ] = receptor.number;
      }
    }
  }
  if ( not receptors.empty() )
  {
    d[ nest::names::receptor_types ] = receptors;
  }
  if ( layout.continuous.size() > 1 )
  {
    Dictionary inputs;
    for ( size_t number = 0; number < layout.continuous.size(); ++number )
    {
      inputs[ layout.continuous[ number ].name ] = static_cast< long >( number );
    }
    d[ "continuous_inputs" ] = inputs;
  }
}

} // namespace

void
Shell::get_status( Dictionary& d ) const
{
  const Variables& variables = type().variables();
  std::vector< double > row = type().defaults().values();
  if ( block() )
  {
    block()->read_row( lane(), row );
  }
  variables.refresh_internals( row.data() );
  write_row( variables, row, d );
  d[ nest::names::recordables ] = recordable_names( type(), row.data() );
  const Ports& ports = type().description().ports;
  get_receptors(
    ports, type().ports().are_resizable() ? ports.layout( ports.sizes( row.data() ) ) : type().ports().layout(), d );
  get_archive_status( d );
}

/* Read everything, check everything, and only then store anything. */
void
Shell::set_status( const Dictionary& d )
{
  if ( not block() )
  {
    type().set_defaults( d, GivenValues( d, this ) );
    return;
  }
  const Variables& variables = type().variables();
  std::vector< double > row;
  block()->read_row( lane(), row );
  std::vector< bool > given( variables.size(), false );
  type().read( GivenValues( d, this ), row, given, host_state().creating ? &type().defaults().given() : nullptr );
  variables.check( row.data(), given );
  if ( type().ports().are_resizable() )
  {
    variables.refresh_internals( row.data() );
    block()->receptors().check_uses( lane(), row.data() );
  }
  const bool archived = type().concerns_archive( d );
  if ( archived )
  {
    Archive trial( archive() );
    trial.set_status( d );
  }
  if ( d.known( nest::names::frozen ) )
  {
    bool frozen = false;
    d.update_value( nest::names::frozen, frozen );
  }
  d.all_entries_accessed( "NodeManager::set_status", "params" );
  if ( host_state().checking )
  {
    return;
  }

  if ( archived )
  {
    archive().set_status( d );
  }
  block()->slice().refresh_frozen();
  store( row, given );
}

/* Store a checked row, of which some values were given. */
void
Shell::store( const std::vector< double >& row, const std::vector< bool >& given )
{
  const Variables& variables = type().variables();
  bool moved = false;
  for ( size_t i = 0; i < variables.size(); ++i )
  {
    if ( variables[ i ].is_settable() )
    {
      block()->write( i, lane(), row[ i ] );
      moved = moved or ( given[ i ] and variables[ i ].kind == Kind::moved_state );
    }
  }
  if ( moved )
  {
    block()->past().note_set( lane(), row );
  }
}

// --- simulation ------------------------------------------------------------------------------------

void
Shell::init_buffers_()
{
  if ( auto* const loggers = block()->slice().recorded().find( lane() ) )
  {
    std::for_each( loggers->begin(), loggers->end(), []( DataLogging& logging ) { logging.reset(); } );
  }
  clear_archive();
}

void
Shell::pre_run_hook()
{
  if ( auto* const loggers = block()->slice().recorded().find( lane() ) )
  {
    std::for_each( loggers->begin(), loggers->end(), []( DataLogging& logging ) { logging.init(); } );
  }
  if ( lane() == 0 )
  {
    block()->prepare();
  }
}

namespace
{

/* The walk that calls a node, null if that is never short. */
Walk*
walk_of( const Shell& node )
{
  const auto& walks = host_state().walks;
  const auto thread = static_cast< size_t >( node.get_thread() );
  return thread < walks.size() ? walks[ thread ].get() : nullptr;
}

} // namespace

void
Shell::update( const nest::Time& origin, const long from, const long to )
{
  if ( Walk* const walk = walk_of( *this ); walk and not walk->is_short() )
  {
    walk->shorten( *this );
  }
  if ( block()->slice().is_due( origin.get_steps(), from ) )
  {
    block()->slice().update( origin.get_steps(), from, to );
  }
}

/* NEST calls this after each simulation, too. */
void
Shell::update_synaptic_elements( const double t )
{
  if ( Walk* const walk = walk_of( *this ); walk and walk->is_short() )
  {
    walk->restore();
  }
  ArchivingShell::update_synaptic_elements( t );
}

/* NEST asks one node after the other, and frozen ones, too: the first lane's answer is for all. */
bool
Shell::wfr_update( const nest::Time& origin, const long from, const long to )
{
  return lane() != 0 or block()->slice().relax( origin.get_steps(), from, to );
}

void
Shell::spiked( const long lag, const size_t multiplicity )
{
  nest::SpikeEvent event;
  event.set_multiplicity( multiplicity );
  nest::kernel().event_delivery_manager.send( *this, event, lag );
}

double
Shell::get_state_element( const size_t element ) const
{
  return block()->observe( lane(), element );
}

// --- events ------------------------------------------------------------------------------------------

size_t
Shell::send_test_event( nest::Node& target, const size_t receptor, nest::synindex, bool )
{
  if ( not target.has_proxies() )
  {
    note_recorders();
  }
  nest::SpikeEvent event;
  event.set_sender( *this );
  return target.handles_test_event( event, receptor );
}

size_t
Shell::handles_test_event( nest::SpikeEvent&, const size_t receptor )
{
  const Layout& layout = block()->receptors().layout( lane() );
  if ( layout.receptors.empty() )
  {
    throw nest::IllegalConnection( "The model '" + type().name() + "' has no port for spikes." );
  }
  if ( not layout.receptor( receptor ) )
  {
    throw nest::UnknownReceptorType( static_cast< long >( receptor ), type().name() );
  }
  block()->receptors().note_use( lane(), true, receptor );
  host_state().device_connections.raise();
  thread_state().last_sends_spikes = true;
  return receptor;
}

size_t
Shell::handles_test_event( nest::CurrentEvent&, const size_t receptor )
{
  const Layout& layout = block()->receptors().layout( lane() );
  if ( layout.continuous.empty() )
  {
    throw nest::IllegalConnection( "The model '" + type().name() + "' has no continuous port for currents." );
  }
  if ( receptor >= layout.continuous.size() )
  {
    throw nest::UnknownReceptorType( static_cast< long >( receptor ), type().name() );
  }
  block()->receptors().note_use( lane(), false, receptor );
  host_state().device_connections.raise();
  thread_state().last_sends_spikes = false;
  return receptor;
}

namespace
{

/* Note that a model has gap junctions, or say why it can have none. */
void
note_gap_junction( NeuronType& type )
{
  const std::string& reason = type.description().refuses_gap_junctions;
  if ( not reason.empty() )
  {
    throw nest::IllegalConnection( "The model '" + type.name() + "' has no gap junctions: " + reason
      + ". A model that has them is hh_psc_alpha_gap_neuron." );
  }
  type.note_gap_junction();
}

} // namespace

size_t
Shell::handles_test_event( nest::GapJunctionEvent&, const size_t receptor )
{
  note_gap_junction( type() );
  if ( receptor != 0 )
  {
    throw nest::UnknownReceptorType( static_cast< long >( receptor ), type().name() );
  }
  return receptor;
}

void
Shell::sends_secondary_event( nest::GapJunctionEvent& )
{
  note_gap_junction( type() );
}

size_t
Shell::handles_test_event( nest::DataLoggingRequest& request, const size_t receptor )
{
  if ( receptor != 0 )
  {
    throw nest::UnknownReceptorType( static_cast< long >( receptor ), type().name() );
  }
  thread_state().last_sends_spikes = false;
  RecordedLanes& recorded = block()->slice().recorded();
  if ( recorded.find( lane(), request.get_sender().get_node_id() ) )
  {
    throw nest::IllegalConnection( "Each multimeter can only be connected once to a given node." );
  }
  note_recorders();
  return recorded.add( *this, logging_request( *this, request ) );
}

namespace
{

/* The slot of the ring in which an event waits for its step. */
size_t
arrival_slot( const nest::Event& event )
{
  return ring_slot(
    static_cast< size_t >( event.get_rel_delivery_steps( nest::kernel().simulation_manager.get_slice_origin() ) ) );
}

} // namespace

void
Shell::handle( nest::SpikeEvent& event )
{
  const Receptor& receptor = *block()->receptors().layout( lane() ).receptor( event.get_rport() );
  const Channels& channels = block()->input().channels();
  const size_t slot = arrival_slot( event );
  const double weight = event.get_weight();
  const double multiplicity = static_cast< double >( event.get_multiplicity() );
  const bool negative = weight < 0.0;
  const Place place = negative ? receptor.negative : receptor.positive;
  const double value = place == receptor.positive ? weight : -weight; // the inhibitory one of a pair
  block()->input().add( slot, channels.of( place ), lane(), value * multiplicity );
  const int32_t count = channels.count_of( place );
  if ( count >= 0 )
  {
    block()->input().add( slot, static_cast< uint32_t >( count ), lane(), multiplicity );
  }
}

void
Shell::handle( nest::CurrentEvent& event )
{
  const size_t slot = arrival_slot( event );
  const Place place = block()->receptors().layout( lane() ).continuous[ event.get_rport() ].place;
  block()->input().add(
    slot, block()->input().channels().of( place ), lane(), event.get_weight() * event.get_current() );
}

void
Shell::handle( nest::GapJunctionEvent& event )
{
  block()->slice().relaxation().add( lane(), event, slice_origin() );
}

void
Shell::handle( nest::DataLoggingRequest& request )
{
  ( *block()->slice().recorded().find( lane() ) )[ request.get_rport() - 1 ].answer( request );
}

} // namespace nestml_jit
