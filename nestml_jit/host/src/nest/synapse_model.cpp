#include "nest/synapse_model.h"

#include <algorithm>
#include <limits>

#include "delay_checker.h"
#include "kernel_manager.h"
#include "nest_names.h"
#include "secondary_event.h"

#include "host_state.h"
#include "nest/connections.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

const PortNames&
SynapseModel::recordables() const
{
  static const PortNames none;
  const auto found = host_state().read_recordables.find( name_ );
  return found == host_state().read_recordables.end() ? none : found->second;
}

namespace
{

/* Check a delay that no connection has yet: it does not count for the shortest and longest delay. */
void
check_frozen( const double delay )
{
  nest::DelayChecker& checker = nest::kernel().connection_manager.get_delay_checker();
  checker.freeze_delay_update();
  try
  {
    checker.assert_valid_delay_ms( delay );
  }
  catch ( ... )
  {
    checker.enable_delay_update();
    throw;
  }
  checker.enable_delay_update();
}

constexpr auto properties = nest::ConnectionModelProperties::HAS_DELAY | nest::ConnectionModelProperties::IS_PRIMARY;

} // namespace

SynapseModel::SynapseModel( const std::string& name )
  : ConnectorModel( name, properties )
  , rows_( name, host_state().descriptions.next_synapse )
  , labelled_( host_state().descriptions.next_is_labelled )
  , transmitters_( description().modulatory )
  , connectors_( std::make_shared< ConnectorList >() )
  , maker_( *this )
{
  host_state().generation.raise();
  const SynapseDescription& synapse = description();
  defaults_.row.resize( synapse.variables.size() );
  defaults_.given.resize( synapse.variables.size(), false );
  synapse.variables.initialize( defaults_.row.data() );
  if ( rows_.have_delay() )
  {
    const double delay = defaults_.row[ synapse.delay ];
    defaults_.delay = delay > 0.0 ? delay : defaults_.delay;
    rows_.take_delay( defaults_.row, defaults_.delay );
  }
}

SynapseModel::SynapseModel( const SynapseModel& other, const std::string& name )
  : ConnectorModel( other, name )
  , rows_( name, other.rows_.shared_description() )
  , defaults_( other.defaults_ )
  , labelled_( other.labelled_ )
  , common_( other.common_ )
  , transmitters_( other.transmitters_ )
  , connectors_( std::make_shared< ConnectorList >() )
  , maker_( *this )
{
}

nest::ConnectorModel*
SynapseModel::clone( std::string name, nest::synindex syn_id ) const
{
  auto* const copy = new SynapseModel( *this, name );
  copy->set_syn_id( syn_id );
  return copy;
}

std::unique_ptr< nest::SecondaryEvent >
SynapseModel::get_secondary_event()
{
  throw nest::NotImplemented( "The synapse model '" + name_ + "' has no secondary events." );
}

void
SynapseModel::add_connection( nest::Node& source,
  nest::Node& target,
  std::vector< nest::ConnectorBase* >& connectors,
  const nest::synindex syn_id,
  const Dictionary& d,
  const double delay,
  const double weight )
{
  maker_.add( source, target, connectors[ syn_id ], syn_id, d, { weight, delay } );
}

/* The default delay is kept in ms; other defaults may depend on the resolution. */
void
SynapseModel::calibrate( const nest::TimeConverter& )
{
  ++defaults_.revision;
  if ( rows_.have_delay() )
  {
    defaults_.row[ description().delay ] = defaults_.delay;
  }
  rows_.follow( defaults_.row, defaults_.given, defaults_.given );
  if ( rows_.have_delay() )
  {
    rows_.take_delay( defaults_.row, defaults_.delay );
  }
}

void
SynapseModel::check_synapse_params( const Dictionary& d ) const
{
  const auto refuse = [ & ]( const std::string& name )
  {
    if ( d.known( name ) )
    {
      throw nest::NotImplemented( "Synapse parameter \"" + name + "\" is common to all connections of the model '"
        + name_ + "': it can only be set via SetDefaults() or CopyModel()." );
    }
  };
  const Variables& variables = description().variables;
  for ( size_t i = 0; i < variables.size(); ++i )
  {
    if ( variables[ i ].common )
    {
      refuse( variables[ i ].name );
    }
  }
  if ( rows_.have_weight() and variables[ description().weight ].common )
  {
    refuse( nest::names::weight );
  }
  refuse( nest::names::weight_recorder );
  refuse( nest::names::volume_transmitter );
  std::for_each( description().modulatory.begin(), description().modulatory.end(), refuse );
}

void
SynapseModel::read_label( const Dictionary& d, long& label ) const
{
  long given = label;
  if ( not labelled_ or not d.update_integer_value( nest::names::synapse_label, given ) )
  {
    return;
  }
  if ( given < 0 )
  {
    throw nest::BadProperty( "Connection label must not be negative." );
  }
  label = given;
}

void
SynapseModel::get_status( Dictionary& d ) const
{
  common_.get_status( d );
  // NEST asks for the default weight as soon as a delay is given; this one means none
  d[ nest::names::weight ] = std::numeric_limits< double >::quiet_NaN();
  rows_.write( defaults_.row, defaults_.delay, d );
  transmitters_.write( d );
  d[ nest::names::size_of ] = static_cast< long >( sizeof( uint32_t ) + sizeof( uint16_t ) + sizeof( double ) );
  if ( labelled_ )
  {
    d[ nest::names::synapse_label ] = defaults_.label;
  }
  d[ nest::names::receptor_type ] = static_cast< long >( defaults_.receptor );
  d[ nest::names::synapse_model ] = name_;
  d[ nest::names::synapse_modelid ] = static_cast< long >( nest::kernel().model_manager.get_synapse_model_id( name_ ) );
  d[ nest::names::requires_symmetric ] = false;
  d[ nest::names::has_delay ] = true;
}

/* What NEST keeps for all connections of a model; an empty collection, which is the default, takes the
 * weight recorder away. */
nest::CommonSynapseProperties
SynapseModel::read_common( const Dictionary& d )
{
  nest::NodeCollectionPTR recorder;
  const bool is_collection = d.known( nest::names::weight_recorder )
    and std::holds_alternative< nest::NodeCollectionPTR >( d.at( nest::names::weight_recorder ) );
  if ( is_collection and d.update_value( nest::names::weight_recorder, recorder ) and recorder->size() == 0 )
  {
    return {};
  }
  nest::CommonSynapseProperties common = common_;
  common.set_status( d, *this );
  return common;
}

void
SynapseModel::set_status( const Dictionary& d )
{
  SynapseDefaults next = defaults_;
  std::vector< bool > given;
  if ( rows_.read( d, next.row, next.delay, given, &defaults_.given ) )
  {
    check_frozen( next.delay );
  }
  d.update_integer_value( nest::names::receptor_type, next.receptor );
  read_label( d, next.label );
  nest::CommonSynapseProperties common = read_common( d );
  Transmitters transmitters = transmitters_.read( d, name_ );
  d.all_entries_accessed( "SetDefaults", "params", /* thread_local_dict */ true );
  for ( size_t i = 0; i < given.size(); ++i )
  {
    next.given[ i ] = next.given[ i ] or given[ i ];
  }
  host_state().generation.raise();
  common_ = common;
  transmitters_ = std::move( transmitters );
  replace_defaults( std::move( next ) );
  default_delay_needs_check_ = true;
}

/* Take other defaults. Variables that are common to all connections change for these, too. */
void
SynapseModel::replace_defaults( SynapseDefaults defaults )
{
  const Variables& variables = description().variables;
  for ( size_t i = 0; i < variables.size(); ++i )
  {
    if ( variables[ i ].common and not is_same( defaults.row[ i ], defaults_.row[ i ] ) )
    {
      for ( Connections* const connections : connectors_->all )
      {
        connections->data.table.set_common( i, defaults.row[ i ] );
      }
    }
  }
  defaults_ = std::move( defaults );
  ++defaults_.revision;
}

void
SynapseModel::check_default_delay()
{
  if ( not default_delay_needs_check_ )
  {
    return;
  }
  try
  {
    nest::kernel().connection_manager.get_delay_checker().assert_valid_delay_ms( defaults_.delay );
  }
  catch ( const nest::BadDelay& )
  {
    throw nest::BadDelay( defaults_.delay,
      "The default delay of '" + name_ + "' must be between min_delay "
        + std::to_string( ms_of_delay( min_delay_steps() ) ) + " and max_delay "
        + std::to_string( ms_of_delay( max_delay_steps() ) ) + "." );
  }
  default_delay_needs_check_ = false;
}

} // namespace nestml_jit
