#include "nest/shell.h"

#include <array>

#include "event_delivery_manager_impl.h"
#include "kernel_manager.h"
#include "nest_names.h"

#include "nest/device_rows.h"
#include "nest/reached.h"

namespace nestml_jit
{

Shell::Shell( NeuronType& type )
  : type_( &type )
{
}

Shell::Shell( Block& block )
  : type_( &block.type() )
  , block_( &block )
  , lane_( block.add( *this, block.type().defaults() ) )
{
  set_node_uses_wfr(
    type_->description().refuses_gap_junctions.empty() and nest::kernel().simulation_manager.use_wfr() );
}

Shell::Extras&
Shell::extras()
{
  if ( not extras_ )
  {
    extras_ = std::make_unique< Extras >( *this );
  }
  return *extras_;
}

Archive&
Shell::archive()
{
  auto& archive = extras().archive;
  if ( not archive )
  {
    archive = std::make_unique< Archive >( type_->archive() );
    archive->set_thread( get_thread() );
    block_->nodes().note_archive();
  }
  return *archive;
}

/* NEST asks this of a connection's ends before it looks for the connection in its table. */
bool
Shell::has_proxies() const
{
  if ( DeviceRows::is_doubtful )
  {
    const uint64_t id = get_node_id();
    DeviceRows::get().fill( &id, 1 );
  }
  return true;
}

// --- parameters and state ------------------------------------------------------------------------

void
Shell::get_status( Dictionary& d ) const
{
  const Variables& variables = type_->variables();
  std::vector< double > row = type_->defaults();
  if ( block_ )
  {
    block_->read_row( lane_, row );
  }
  variables.refresh_internals( row.data() );
  variables.get( row.data(), d );
  d[ nest::names::recordables ] = type_->recordables( row.data() );

  const Ports& ports = type_->description().ports;
  const Layout layout = type_->is_resizable() ? ports.layout( ports.sizes( row.data() ) ) : type_->layout();
  Dictionary receptors;
  for ( const Receptor& receptor : layout.receptors )
  {
    if ( receptor.number > 0 )
    {
      receptors[ receptor.name ] = receptor.number;
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
  Dictionary archived;
  ( extras_ and extras_->archive ? *extras_->archive : type_->archive() ).get_status( archived );
  for ( const std::string& key : archive_keys )
  {
    if ( archived.known( key ) and not d.known( key ) )
    {
      d[ key ] = archived.at( key );
    }
  }
}

/* Read everything, check everything, and only then store anything. */
void
Shell::set_status( const Dictionary& d )
{
  if ( not block_ )
  {
    type_->set_defaults( d, this );
    return;
  }
  const Variables& variables = type_->variables();
  std::vector< double > row;
  block_->read_row( lane_, row );
  std::vector< bool > given( variables.size(), false );
  type_->read( d, row, given, creating() ? &type_->given() : nullptr, this );
  variables.check( row.data(), given );
  if ( type_->is_resizable() )
  {
    variables.refresh_internals( row.data() );
    block_->receptors().check_uses( lane_, row.data() );
  }
  const bool archived = std::any_of( archive_keys.begin(),
    archive_keys.end(),
    [ & ]( const std::string& key ) { return d.known( key ) and variables.find( key ) == variables.size(); } );
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
  if ( checking() )
  {
    return;
  }

  if ( archived )
  {
    archive().set_status( d );
  }
  block_->slice().refresh_frozen();

  bool moved = false;
  for ( size_t i = 0; i < variables.size(); ++i )
  {
    if ( variables[ i ].is_settable() )
    {
      block_->write( i, lane_, row[ i ] );
      moved = moved or ( given[ i ] and variables[ i ].kind == Kind::moved_state );
    }
  }
  if ( moved )
  {
    block_->past().note_set( lane_, row );
  }
}

// --- simulation ------------------------------------------------------------------------------------

void
Shell::init_buffers_()
{
  if ( extras_ )
  {
    extras_->logger.reset();
    if ( extras_->archive )
    {
      extras_->archive->clear_history();
    }
  }
}

void
Shell::pre_run_hook()
{
  if ( extras_ )
  {
    extras_->logger.init();
  }
  if ( lane_ == 0 )
  {
    block_->prepare();
  }
}

void
Shell::update( const nest::Time& origin, const long from, const long to )
{
  if ( block_->slice().is_due( origin.get_steps(), from ) )
  {
    block_->slice().update( origin.get_steps(), from, to );
  }
}

/* NEST asks one node after the other, and frozen ones, too: the first lane's answer is for all. */
bool
Shell::wfr_update( const nest::Time& origin, const long from, const long to )
{
  return lane_ != 0 or block_->slice().relax( origin.get_steps(), from, to );
}

void
Shell::archive_spike( const nest::Time& stamp )
{
  if ( extras_ and extras_->archive )
  {
    extras_->archive->spiked( stamp );
  }
}

void
Shell::spiked( const long lag, const size_t multiplicity )
{
  nest::SpikeEvent event;
  event.set_multiplicity( multiplicity );
  nest::kernel().event_delivery_manager.send( *this, event, lag );
}

void
Shell::record( const long step )
{
  extras_->logger.record_data( step );
}

double
Shell::get_state_element( const size_t element ) const
{
  return block_->observe( lane_, element );
}

// --- events ------------------------------------------------------------------------------------------

size_t
Shell::send_test_event( nest::Node& target, const size_t receptor, nest::synindex, bool )
{
  nest::SpikeEvent event;
  event.set_sender( *this );
  return target.handles_test_event( event, receptor );
}

bool&
Shell::last_sends_spikes()
{
  static thread_local bool sends = false;
  return sends;
}

size_t
Shell::handles_test_event( nest::SpikeEvent&, const size_t receptor )
{
  const Layout& layout = block_->receptors().layout( lane_ );
  if ( layout.receptors.empty() )
  {
    throw nest::IllegalConnection( "The model '" + type_->name() + "' has no port for spikes." );
  }
  if ( not layout.receptor( receptor ) )
  {
    throw nest::UnknownReceptorType( static_cast< long >( receptor ), type_->name() );
  }
  block_->receptors().note_use( lane_, true, receptor );
  last_sends_spikes() = true;
  return receptor;
}

size_t
Shell::handles_test_event( nest::CurrentEvent&, const size_t receptor )
{
  const Layout& layout = block_->receptors().layout( lane_ );
  if ( layout.continuous.empty() )
  {
    throw nest::IllegalConnection( "The model '" + type_->name() + "' has no continuous port for currents." );
  }
  if ( receptor >= layout.continuous.size() )
  {
    throw nest::UnknownReceptorType( static_cast< long >( receptor ), type_->name() );
  }
  block_->receptors().note_use( lane_, false, receptor );
  last_sends_spikes() = false;
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
  note_gap_junction( *type_ );
  if ( receptor != 0 )
  {
    throw nest::UnknownReceptorType( static_cast< long >( receptor ), type_->name() );
  }
  return receptor;
}

void
Shell::sends_secondary_event( nest::GapJunctionEvent& )
{
  note_gap_junction( *type_ );
}

size_t
Shell::handles_test_event( nest::DataLoggingRequest& request, const size_t receptor )
{
  if ( receptor != 0 )
  {
    throw nest::UnknownReceptorType( static_cast< long >( receptor ), type_->name() );
  }
  Extras& mine = extras();
  const Variables& variables = type_->variables();
  std::vector< double > row;
  block_->read_row( lane_, row );
  variables.refresh_internals( row.data() );
  for ( size_t i = 0; i < variables.size(); ++i )
  {
    if ( variables[ i ].recordable and not variables.is_beyond( i, row.data() ) )
    {
      mine.recordables.insert( variables[ i ].name, nest::DataAccessFunctor< Shell >( *this, i ) );
    }
  }
  // NESTML's code calls the elements of `g` G_0, G_1, ...
  for ( const Vector& vector : variables.vectors() )
  {
    for ( size_t k = 0; not vector.name.empty() and k < vector.elements.size(); ++k )
    {
      std::string name = vector.name + "_" + std::to_string( k );
      std::transform( name.begin(), name.end(), name.begin(), []( unsigned char c ) { return std::toupper( c ); } );
      const size_t i = vector.elements[ k ];
      if ( variables[ i ].recordable and variables.find( name ) == variables.size() and k < vector.size( row.data() ) )
      {
        mine.recordables.insert( name, nest::DataAccessFunctor< Shell >( *this, i ) );
      }
    }
  }
  const auto& observables = type_->description().observables;
  for ( size_t i = 0; i < observables.size(); ++i )
  {
    mine.recordables.insert( observables[ i ], nest::DataAccessFunctor< Shell >( *this, first_observable + i ) );
  }
  const size_t port = mine.logger.connect_logging_device( request, mine.recordables );
  last_sends_spikes() = false;
  block_->slice().recorded().add( lane_ );
  return port;
}

void
Shell::handle( nest::SpikeEvent& event )
{
  const Receptor& receptor = *block_->receptors().layout( lane_ ).receptor( event.get_rport() );
  const Channels& channels = block_->input().channels();
  const size_t slot = nest::kernel().event_delivery_manager.get_modulo(
    event.get_rel_delivery_steps( nest::kernel().simulation_manager.get_slice_origin() ) );
  const double weight = event.get_weight();
  const double multiplicity = static_cast< double >( event.get_multiplicity() );
  const bool negative = weight < 0.0;
  const Place place = negative ? receptor.negative : receptor.positive;
  const double value = place == receptor.positive ? weight : -weight; // the inhibitory one of a pair
  block_->input().add( slot, channels.of( place ), lane_, value * multiplicity );
  const int32_t count = channels.count_of( place );
  if ( count >= 0 )
  {
    block_->input().add( slot, static_cast< uint32_t >( count ), lane_, multiplicity );
  }
}

void
Shell::handle( nest::CurrentEvent& event )
{
  const size_t slot = nest::kernel().event_delivery_manager.get_modulo(
    event.get_rel_delivery_steps( nest::kernel().simulation_manager.get_slice_origin() ) );
  const Place place = block_->receptors().layout( lane_ ).continuous[ event.get_rport() ].place;
  block_->input().add( slot, block_->input().channels().of( place ), lane_, event.get_weight() * event.get_current() );
}

void
Shell::handle( nest::GapJunctionEvent& event )
{
  block_->slice().relaxation().add( lane_, event, nest::kernel().simulation_manager.get_slice_origin().get_steps() );
}

void
Shell::handle( nest::DataLoggingRequest& request )
{
  extras_->logger.handle( request );
}

// --- what NEST's own plasticity asks of a neuron -------------------------------------------------------

void
Shell::register_stdp_connection( const double t_first_read, const double delay )
{
  const bool is_first = not archive().is_read();
  archive().register_stdp_connection( t_first_read, delay );
  if ( is_first and block_->past().is_read( lane_ ) and lane_ < block_->past().history().lanes() )
  {
    const History& history = block_->past().history();
    archive().begin( history.beginning( lane_ ).step(), spikes_until( history, lane_, INT64_MAX ) );
  }
  else if ( is_first )
  {
    archive().begin( reached_step(), {} );
  }
}

/* The past that began with one of NEST's plastic synapses; it begins now if there is none. */
Past
Shell::archived_past( const int64_t now ) const
{
  return extras_ and extras_->archive and extras_->archive->is_read() ? extras_->archive->past() : Past { now, {} };
}

double
Shell::get_K_value( const double t )
{
  return archive().get_K_value( t );
}

void
Shell::get_K_values( const double t, double& Kminus, double& nearest_neighbor_Kminus, double& Kminus_triplet )
{
  archive().get_K_values( t, Kminus, nearest_neighbor_Kminus, Kminus_triplet );
}

void
Shell::get_history( const double t1,
  const double t2,
  std::deque< nest::histentry >::iterator* const start,
  std::deque< nest::histentry >::iterator* const finish )
{
  archive().get_history( t1, t2, start, finish );
}

double
Shell::get_Ca_minus() const
{
  return extras_ and extras_->archive ? extras_->archive->get_Ca_minus() : Node::get_Ca_minus();
}

double
Shell::get_synaptic_elements( std::string name ) const
{
  return extras_ and extras_->archive
    ? static_cast< const nest::StructuralPlasticityNode& >( *extras_->archive ).get_synaptic_elements( name )
    : Node::get_synaptic_elements( name );
}

int
Shell::get_synaptic_elements_vacant( std::string name ) const
{
  return extras_ and extras_->archive ? extras_->archive->get_synaptic_elements_vacant( name )
                                      : Node::get_synaptic_elements_vacant( name );
}

int
Shell::get_synaptic_elements_connected( std::string name ) const
{
  return extras_ and extras_->archive ? extras_->archive->get_synaptic_elements_connected( name )
                                      : Node::get_synaptic_elements_connected( name );
}

std::map< std::string, double >
Shell::get_synaptic_elements() const
{
  return extras_ and extras_->archive
    ? static_cast< const nest::StructuralPlasticityNode& >( *extras_->archive ).get_synaptic_elements()
    : Node::get_synaptic_elements();
}

void
Shell::update_synaptic_elements( const double t )
{
  if ( extras_ and extras_->archive )
  {
    extras_->archive->update_synaptic_elements( t );
  }
}

void
Shell::decay_synaptic_elements_vacant()
{
  if ( extras_ and extras_->archive )
  {
    extras_->archive->decay_synaptic_elements_vacant();
  }
}

void
Shell::connect_synaptic_element( std::string name, const int n )
{
  if ( extras_ and extras_->archive )
  {
    extras_->archive->connect_synaptic_element( name, n );
  }
}

} // namespace nestml_jit

// --- the node model --------------------------------------------------------------------------------------

namespace nest
{

using nestml_jit::NeuronType;
using nestml_jit::Shell;

GenericModel< Shell >::GenericModel( const std::string& name, const std::string& )
  : Model( name )
  , type_( std::make_unique< NeuronType >( nestml_jit::Registry::get().next_neuron,
      name,
      kernel().vp_manager.get_num_threads() ) )
  , prototype_( std::make_unique< Shell >( *type_ ) )
{
  set_threads();
}

GenericModel< Shell >::GenericModel( const GenericModel& other, const std::string& name )
  : Model( name )
  , type_( std::make_unique< NeuronType >( *other.type_, name, kernel().vp_manager.get_num_threads() ) )
  , prototype_( std::make_unique< Shell >( *type_ ) )
{
  set_type_id( other.get_type_id() );
  set_threads();
}

GenericModel< Shell >::~GenericModel() = default;

Model*
GenericModel< Shell >::clone( const std::string& name ) const
{
  return new GenericModel( *this, name );
}

Dictionary
GenericModel< Shell >::get_status_()
{
  Dictionary d = prototype_->get_status_base();
  d[ names::elementsize ] = static_cast< long >( sizeof( Shell ) );
  return d;
}

Node*
GenericModel< Shell >::create_()
{
  return new Shell( type_->block( kernel().vp_manager.get_thread_id() ) );
}

} // namespace nest
