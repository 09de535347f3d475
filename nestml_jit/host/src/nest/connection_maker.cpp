#include "nest/connection_maker.h"

#include <cmath>

#include "delay_checker.h"
#include "kernel_manager.h"
#include "nest_names.h"

#include "nest/columnar_connector.h"
#include "nest/synapse_model.h"

namespace nestml_jit
{

namespace
{

/* Guards whose outcome may depend on weight or delay. */
std::vector< std::pair< size_t, const Guard* > >
guards_of( const SynapseRows& rows )
{
  const SynapseDescription& description = rows.description();
  auto guards = description.variables.guards_about( description.weight );
  if ( rows.have_delay() )
  {
    const auto more = description.variables.guards_about( description.delay );
    guards.insert( guards.end(), more.begin(), more.end() );
  }
  return guards;
}

/* Say if some variables follow from others. */
bool
have_internals( const Variables& variables )
{
  for ( size_t i = 0; i < variables.size(); ++i )
  {
    if ( variables[ i ].kind == Kind::internal and not variables[ i ].initial.empty() )
    {
      return true;
    }
  }
  return false;
}

} // namespace

ConnectionMaker::ConnectionMaker( SynapseModel& model )
  : model_( model )
  , handshake_( model )
  , guards_( guards_of( model.rows() ) )
  , has_internals_( have_internals( model.description().variables ) )
{
}

void
ConnectionMaker::check_guards() const
{
  for ( const auto& [ variable, guard ] : guards_ )
  {
    model_.description().variables.check_guard( variable, *guard, row_.data() );
  }
}

/* Let `row_` and `made_` be the defaults. */
void
ConnectionMaker::begin()
{
  const SynapseDefaults& defaults = model_.defaults();
  row_ = defaults.row;
  made_ = { defaults.delay, defaults.receptor, defaults.label };
  row_defaults_ = defaults.revision;
  is_checked_ = false;
}

/* Take weight and delay of a new connection of which nothing else is given. The last one of this kind left `row_` with
 * the defaults of all other variables. */
void
ConnectionMaker::read_apart( const Apart& apart )
{
  if ( row_defaults_ != model_.defaults().revision )
  {
    begin();
  }
  vary( apart );
}

void
ConnectionMaker::vary( const Apart& apart )
{
  const SynapseDefaults& defaults = model_.defaults();
  const SynapseRows& rows = model_.rows();
  const SynapseDescription& description = rows.description();
  if ( is_checked_ and is_same( apart.weight, last_.weight ) and is_same( apart.delay, last_.delay ) )
  {
    return;
  }
  is_checked_ = false;
  const bool has_delay = not std::isnan( apart.delay );
  made_.delay = has_delay ? apart.delay : defaults.delay;
  if ( rows.have_weight() )
  {
    const bool has_weight = not std::isnan( apart.weight );
    row_[ description.weight ] = has_weight ? rows.slot_of_weight( apart.weight ) : defaults.row[ description.weight ];
  }
  if ( rows.have_delay() )
  {
    row_[ description.delay ] = has_delay ? on_grid( apart.delay ) : defaults.row[ description.delay ];
  }
  if ( has_internals_ and not guards_.empty() )
  {
    description.variables.refresh_internals( row_.data() );
  }
  check_guards();
  last_ = apart;
  is_checked_ = true;
}

/* Bring `row_` and `made_` to what a new connection is to have, and check that. True if a delay was given. */
bool
ConnectionMaker::read( const Dictionary& d, const Apart& apart )
{
  if ( d.empty() and not model_.description().variables.have_followers() )
  {
    read_apart( apart );
    return not std::isnan( apart.delay );
  }
  begin();
  row_defaults_ = never_; // from here on the row has other values
  const bool delay_given = model_.rows().read( d, row_, made_.delay, given_, &model_.defaults().given, apart );
  d.update_integer_value( nest::names::receptor_type, made_.receptor );
  model_.read_label( d, made_.label );
  return delay_given;
}

void
ConnectionMaker::add( nest::Node& source,
  nest::Node& target,
  nest::ConnectorBase*& connector,
  const nest::synindex syn_id,
  const Dictionary& d,
  const Apart& apart )
{
  if ( not std::isnan( apart.weight ) and not model_.rows().have_weight() )
  {
    throw nest::BadProperty( "The synapse model '" + model_.get_name()
      + "' has no variable that is the weight. Write @nest::weight behind the one that is, or give no weight." );
  }
  const bool has_own_delay = read( d, apart );
  const size_t rport = handshake_.rport( source, target, made_.receptor );
  if ( has_own_delay )
  {
    nest::kernel().connection_manager.get_delay_checker().assert_valid_delay_ms( made_.delay );
  }
  else
  {
    model_.check_default_delay();
  }
  if ( not connector )
  {
    connector = new ColumnarConnector( syn_id, model_ );
  }
  const auto steps = static_cast< uint32_t >( nest::Time::delay_ms_to_steps( made_.delay ) );
  Connections& connections = static_cast< ColumnarConnector* >( connector )->connections();
  connections.push_back( target, rport, steps, row_, made_.label );
}

} // namespace nestml_jit
