#include "nest/synapse_model.h"

#include <cmath>
#include <sstream>
#include <typeinfo>

#include "archiving_node.h"
#include "delay_checker.h"
#include "kernel_manager.h"
#include "nest_names.h"
#include "proxynode.h"
#include "volume_transmitter.h"

#include "nest/columnar_connector.h"
#include "nest/recordables.h"
#include "nest/shell.h"

namespace nestml_jit
{

std::set< std::pair< std::string, std::string > >&
new_pairs()
{
  static std::set< std::pair< std::string, std::string > > pairs;
  return pairs;
}

std::map< std::pair< std::string, std::string >, std::string >&
refused_pairs()
{
  static std::map< std::pair< std::string, std::string >, std::string > pairs;
  return pairs;
}

std::map< std::string, PortNames >&
read_recordables()
{
  static std::map< std::string, PortNames > names;
  return names;
}

const PortNames&
SynapseModel::recordables() const
{
  static const PortNames none;
  const auto found = read_recordables().find( name_ );
  return found == read_recordables().end() ? none : found->second;
}

namespace
{

/* Stands for the synapse when the source is asked which events it sends: a plastic synapse takes
 * spikes of neurons only, one that just passes a weight on takes everything that is delayed. */
class Dummy : public nest::ConnTestDummyNodeBase
{
public:
  using nest::ConnTestDummyNodeBase::handles_test_event;

  Dummy( const std::string& model, const bool plastic )
    : model_( model )
    , plastic_( plastic )
  {
  }

  size_t
  handles_test_event( nest::SpikeEvent&, size_t ) override
  {
    return nest::invalid_port;
  }
  size_t
  handles_test_event( nest::RateEvent&, size_t ) override
  {
    return unless_plastic();
  }
  size_t
  handles_test_event( nest::DataLoggingRequest&, size_t ) override
  {
    return unless_plastic();
  }
  size_t
  handles_test_event( nest::CurrentEvent&, size_t ) override
  {
    return unless_plastic();
  }
  size_t
  handles_test_event( nest::ConductanceEvent&, size_t ) override
  {
    return unless_plastic();
  }
  size_t
  handles_test_event( nest::DoubleDataEvent&, size_t ) override
  {
    return unless_plastic();
  }
  size_t
  handles_test_event( nest::DSSpikeEvent&, size_t ) override
  {
    return unless_plastic();
  }
  size_t
  handles_test_event( nest::DSCurrentEvent&, size_t ) override
  {
    return unless_plastic();
  }

private:
  size_t
  unless_plastic() const
  {
    if ( plastic_ )
    {
      throw nest::IllegalConnection( "The synapse model '" + model_
        + "' has dynamics of its own, driven by spikes of neurons; a device cannot be its source. Put a "
          "parrot_neuron between a generator of spikes and the synapse, or use a synapse model that only passes a "
          "weight on." );
    }
    return nest::invalid_port;
  }

  const std::string& model_;
  const bool plastic_;
};

/* Whether a node is one of ours, or stands for one on another thread. */
bool
is_shell( const nest::Node& node )
{
  const auto model_is_ours = [ & ]
  {
    nest::Model* const model = nest::kernel().model_manager.get_node_model( node.get_model_id() );
    return dynamic_cast< nest::GenericModel< Shell >* >( model ) != nullptr;
  };
  return typeid( node ) == typeid( Shell ) or ( typeid( node ) == typeid( nest::proxynode ) and model_is_ours() );
}

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

/* A delay in ms as a connection has it: a number of steps. */
double
on_grid( const double delay )
{
  constexpr double longest = 1e12; // beyond it NEST refuses it anyway
  const bool has_steps = std::abs( delay ) < longest;
  return has_steps ? nest::Time::delay_steps_to_ms( nest::Time::delay_ms_to_steps( delay ) ) : delay;
}

constexpr auto properties = nest::ConnectionModelProperties::HAS_DELAY | nest::ConnectionModelProperties::IS_PRIMARY;

} // namespace

SynapseModel::SynapseModel( const std::string& name )
  : ConnectorModel( name, properties )
  , description_( Registry::get().next_synapse )
  , defaults_( description_->variables.size() )
  , given_( description_->variables.size(), false )
  , labelled_( Registry::get().next_is_labelled )
  , transmitters_( description_->modulatory.size(), nullptr )
  , connectors_( std::make_shared< ConnectorList >() )
  , row_( defaults_.size() )
  , guards_( description_->variables.guards_about( description_->weight ) )
{
  description_->variables.initialize( defaults_.data() );
  if ( has_delay_variable() )
  {
    const auto more = description_->variables.guards_about( description_->delay );
    guards_.insert( guards_.end(), more.begin(), more.end() );
    default_delay_ = defaults_[ description_->delay ] > 0.0 ? defaults_[ description_->delay ] : default_delay_;
    take_delay( defaults_, default_delay_ );
  }
}

SynapseModel::SynapseModel( const SynapseModel& other, const std::string& name )
  : ConnectorModel( other, name )
  , description_( other.description_ )
  , defaults_( other.defaults_ )
  , given_( other.given_ )
  , default_delay_( other.default_delay_ )
  , default_receptor_( other.default_receptor_ )
  , labelled_( other.labelled_ )
  , default_label_( other.default_label_ )
  , common_( other.common_ )
  , transmitters_( other.transmitters_ )
  , connectors_( std::make_shared< ConnectorList >() )
  , row_( defaults_.size() )
  , guards_( other.guards_ )
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
  const Variables& variables = description_->variables;
  for ( size_t i = 0; i < variables.size(); ++i )
  {
    if ( variables[ i ].common )
    {
      refuse( variables[ i ].name );
    }
  }
  if ( description_->weight < variables.size() and variables[ description_->weight ].common )
  {
    refuse( nest::names::weight );
  }
  refuse( nest::names::weight_recorder );
  refuse( nest::names::volume_transmitter );
  std::for_each( description_->modulatory.begin(), description_->modulatory.end(), refuse );
}

void
SynapseModel::write( const std::vector< double >& row, const double delay, Dictionary& d ) const
{
  description_->variables.get( row.data(), d );
  if ( description_->weight < row.size() )
  {
    d[ nest::names::weight ] =
      number_in( description_->variables[ description_->weight ].type, row[ description_->weight ] );
  }
  d[ nest::names::delay ] = on_grid( delay );
}

bool
SynapseModel::has_delay_variable() const
{
  return description_->delay < description_->variables.size();
}

/* Let the delay be what its variable follows others to, and the variable what the delay is. True if the delay
 * is another one now. */
bool
SynapseModel::take_delay( std::vector< double >& row, double& delay ) const
{
  double& variable = row[ description_->delay ];
  const bool is_new = on_grid( variable ) != on_grid( delay );
  delay = is_new ? variable : delay;
  variable = on_grid( delay );
  return is_new;
}

/* Let variables that were neither given nor are fixed follow the others. */
void
SynapseModel::follow( std::vector< double >& row,
  const std::vector< bool >& given,
  const std::vector< bool >& fixed ) const
{
  std::vector< bool > kept = given;
  for ( size_t i = 0; i < kept.size(); ++i )
  {
    kept[ i ] = kept[ i ] or fixed[ i ];
  }
  description_->variables.follow( row.data(), kept );
  description_->variables.refresh_internals( row.data() );
}

/* The value of a variable that may be given under several names, null where it is not. One that only says what is
 * there already is no contradiction: it may come from a dictionary of all values. */
double
SynapseModel::agreed( const std::string& name,
  const size_t variable,
  const double before,
  const std::initializer_list< const double* > values ) const
{
  const double* found = nullptr;
  for ( const double* const value : values )
  {
    if ( not value or is_same( *value, before ) )
    {
      continue;
    }
    if ( found and not is_same( *found, *value ) )
    {
      const Variables& variables = description_->variables;
      const Type type = variable < variables.size() ? variables[ variable ].type : Type::real;
      const bool is_named = variable < variables.size() and variables[ variable ].name != name;
      std::ostringstream text;
      text << "'" << name << "'";
      if ( is_named )
      {
        text << " and '" << variables[ variable ].name << "', which are the same variable";
      }
      text << " of the synapse model '" << name_ << "'" << ( is_named ? "," : "" ) << " cannot be both "
           << number_in( type, *found ) << " and " << number_in( type, *value )
           << ": give one of them, or equal values.";
      throw nest::BadProperty( text.str() );
    }
    found = value;
  }
  return found ? *found : before;
}

/* Give the weight what the dictionary, which was read under the variable's own name, and NEST say of it. */
void
SynapseModel::read_weight( const Dictionary& d,
  const double apart,
  const double before,
  std::vector< double >& row,
  std::vector< bool >& given ) const
{
  const size_t weight = description_->weight;
  const Variables& variables = description_->variables;
  double alias = before;
  const bool has_alias = variables[ weight ].name != nest::names::weight
    and variables.read_one( d, weight, nest::names::weight, alias, nullptr );
  const bool is_apart = not std::isnan( apart );
  if ( has_alias or is_apart )
  {
    const double own = row[ weight ], other = is_apart ? slot_of_weight( apart ) : 0.0;
    const std::initializer_list< const double* > values = {
      given[ weight ] ? &own : nullptr, has_alias ? &alias : nullptr, is_apart ? &other : nullptr
    };
    row[ weight ] = agreed( nest::names::weight, weight, before, values );
    given[ weight ] = true;
  }
}

/* The same for the delay, in ms; true if one was given. */
bool
SynapseModel::read_delay( const Dictionary& d,
  const double apart,
  std::vector< double >& row,
  double& delay,
  std::vector< bool >& given ) const
{
  const size_t variable = description_->delay;
  const bool is_named = has_delay_variable() and given[ variable ];
  double alias = delay;
  const bool has_alias = d.update_value( nest::names::delay, alias );
  const bool is_apart = not std::isnan( apart );
  const bool is_given = is_named or has_alias or is_apart;
  if ( is_given )
  {
    const double own = is_named ? on_grid( row[ variable ] ) : 0.0;
    const double other = on_grid( alias ), third = on_grid( apart );
    const std::initializer_list< const double* > values = {
      is_named ? &own : nullptr, has_alias ? &other : nullptr, is_apart ? &third : nullptr
    };
    delay = agreed( nest::names::delay, variable, on_grid( delay ), values );
  }
  if ( has_delay_variable() )
  {
    row[ variable ] = on_grid( delay );
    given[ variable ] = is_given;
  }
  return is_given;
}

bool
SynapseModel::read( const Dictionary& d,
  std::vector< double >& row,
  double& delay,
  std::vector< bool >& given,
  const std::vector< bool >* const fixed,
  const Apart& apart ) const
{
  const Variables& variables = description_->variables;
  const double weight_before = description_->weight < row.size() ? row[ description_->weight ] : 0.0;
  given.assign( row.size(), false );
  if ( not d.empty() )
  {
    variables.read( d, row.data(), given, nullptr );
  }
  if ( description_->weight < row.size() )
  {
    read_weight( d, apart.weight, weight_before, row, given );
  }
  bool delay_given = read_delay( d, apart.delay, row, delay, given );
  if ( fixed and variables.have_followers() )
  {
    follow( row, given, *fixed );
    if ( has_delay_variable() and not given[ description_->delay ] and take_delay( row, delay ) )
    {
      delay_given = true;
      given[ description_->delay ] = true; // rounded: what reads it follows once more
      follow( row, given, *fixed );
    }
  }
  variables.refresh_internals( row.data() );
  variables.check( row.data(), given );
  return delay_given;
}

bool
SynapseModel::read_label( const Dictionary& d, long& label ) const
{
  long given = label;
  if ( not labelled_ or not d.update_integer_value( nest::names::synapse_label, given ) )
  {
    return false;
  }
  if ( given < 0 )
  {
    throw nest::BadProperty( "Connection label must not be negative." );
  }
  label = given;
  return true;
}

void
SynapseModel::get_status( Dictionary& d ) const
{
  common_.get_status( d );
  // NEST asks for the default weight as soon as a delay is given; this one means none
  d[ nest::names::weight ] = std::numeric_limits< double >::quiet_NaN();
  write( defaults_, default_delay_, d );
  for ( size_t port = 0; port < transmitters_.size(); ++port )
  {
    const std::string key =
      transmitters_.size() == 1 ? nest::names::volume_transmitter : description_->modulatory[ port ];
    d[ key ] = nest::NodeCollection::create( transmitters_[ port ] );
  }
  d[ nest::names::size_of ] = static_cast< long >( sizeof( uint32_t ) + sizeof( uint16_t ) + sizeof( double ) );
  if ( labelled_ )
  {
    d[ nest::names::synapse_label ] = default_label_;
  }
  d[ nest::names::receptor_type ] = static_cast< long >( default_receptor_ );
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

/* The volume transmitters of the modulatory ports: each is given under its port's name, or one for all. */
std::vector< nest::volume_transmitter* >
SynapseModel::read_transmitters( const Dictionary& d ) const
{
  std::vector< nest::volume_transmitter* > found = transmitters_;
  const auto read = [ & ]( const std::string& key, nest::volume_transmitter*& place )
  {
    nest::NodeCollectionPTR nodes;
    if ( not d.update_value( key, nodes ) )
    {
      return;
    }
    const size_t thread = nest::kernel().vp_manager.get_thread_id();
    nest::Node* const node =
      nodes->size() == 1 ? nest::kernel().node_manager.get_node_or_proxy( ( *nodes )[ 0 ], thread ) : nullptr;
    place = dynamic_cast< nest::volume_transmitter* >( node );
    if ( not place )
    {
      throw nest::BadProperty( "'" + key + "' of the model '" + name_
        + "' must be a NodeCollection with one node, made by Create(\"volume_transmitter\")." );
    }
  };
  for ( const std::string& key : { nest::names::volume_transmitter, std::string() } )
  {
    for ( size_t port = 0; port < found.size(); ++port )
    {
      read( key.empty() ? description_->modulatory[ port ] : key, found[ port ] );
    }
  }
  return found;
}

bool
SynapseModel::listens_to( const long node_id ) const
{
  return std::any_of( transmitters_.begin(),
    transmitters_.end(),
    [ node_id ]( const nest::volume_transmitter* const transmitter )
    { return transmitter and static_cast< long >( transmitter->get_node_id() ) == node_id; } );
}

/* Whether all that a synapse listens to besides its source and target is there. */
void
SynapseModel::check_modulated() const
{
  for ( size_t port = 0; port < transmitters_.size(); ++port )
  {
    if ( not transmitters_[ port ] )
    {
      const std::string key =
        transmitters_.size() == 1 ? nest::names::volume_transmitter : description_->modulatory[ port ];
      throw nest::BadProperty( "No volume transmitter has been assigned to the port '"
        + description_->modulatory[ port ] + "' of the synapse model '" + name_
        + "'. Connect the modulatory neurons to " + "vt = Create(\"volume_transmitter\") and write SetDefaults(\""
        + name_ + "\", {\"" + key + "\": vt}) before Connect." );
    }
  }
}

void
SynapseModel::set_status( const Dictionary& d )
{
  std::vector< double > row = defaults_;
  double delay = default_delay_;
  std::vector< bool > given;
  if ( read( d, row, delay, given, &given_ ) )
  {
    check_frozen( delay );
  }
  size_t receptor = default_receptor_;
  d.update_integer_value( nest::names::receptor_type, receptor );
  long label = default_label_;
  read_label( d, label );
  nest::CommonSynapseProperties common = read_common( d );
  std::vector< nest::volume_transmitter* > transmitters = read_transmitters( d );
  d.all_entries_accessed( "SetDefaults", "params", /* thread_local_dict */ true );
  default_receptor_ = receptor;
  default_label_ = label;
  common_ = common;
  transmitters_ = std::move( transmitters );
  const Variables& variables = description_->variables;
  for ( size_t i = 0; i < row.size(); ++i )
  {
    if ( variables[ i ].common and not is_same( row[ i ], defaults_[ i ] ) )
    {
      for ( Connections* const connections : connectors_->all )
      {
        connections->data.table.set_common( i, row[ i ] );
      }
    }
  }
  defaults_ = std::move( row );
  for ( size_t i = 0; i < given.size(); ++i )
  {
    given_[ i ] = given_[ i ] or given[ i ];
  }
  default_delay_ = delay;
  default_delay_needs_check_ = true;
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
    nest::kernel().connection_manager.get_delay_checker().assert_valid_delay_ms( default_delay_ );
  }
  catch ( const nest::BadDelay& )
  {
    throw nest::BadDelay( default_delay_,
      "The default delay of '" + name_ + "' must be between min_delay "
        + std::to_string( nest::Time::delay_steps_to_ms( nest::kernel().connection_manager.get_min_delay() ) )
        + " and max_delay "
        + std::to_string( nest::Time::delay_steps_to_ms( nest::kernel().connection_manager.get_max_delay() ) ) + "." );
  }
  default_delay_needs_check_ = false;
}

/* The handshake of NEST: does the source send what the synapse takes, and does the target take it? Returns the
 * target's port, for spikes of ours the route of the receptor. */
size_t
SynapseModel::shake_hands( nest::Node& source, nest::Node& target, const size_t receptor ) const
{
  check_modulated();
  Dummy dummy( name_, description_->plastic );
  source.send_test_event( dummy, receptor, syn_id_, true );
  const size_t rport = source.send_test_event( target, receptor, syn_id_, false );
  if ( not( source.sends_signal() & target.receives_signal() ) )
  {
    throw nest::IllegalConnection( "Source and target neuron are not compatible (e.g., spiking vs binary neuron)." );
  }
  if ( typeid( target ) != typeid( Shell ) )
  {
    check_foreign( target );
    return rport;
  }
  const auto refused = refused_pairs().find( { static_cast< Shell& >( target ).type().name(), name_ } );
  if ( refused != refused_pairs().end() )
  {
    throw nest::IllegalConnection( refused->second );
  }
  const Shell& shell = static_cast< Shell& >( target );
  return Shell::last_sends_spikes() ? shell.block()->receptors().layout( shell.lane() ).receptor( rport )->route()
                                    : rport;
}

/* Whether a node that is not ours gives the synapse all it reads of its target. */
void
SynapseModel::check_foreign( nest::Node& target ) const
{
  const auto refuse = [ & ]( const std::string& reason )
  {
    throw nest::IllegalConnection( "The synapse model '" + name_ + "' " + reason + ", and node "
      + std::to_string( target.get_node_id() ) + " is a '" + target.get_name()
      + "' of NEST. Use a neuron model from NESTML." );
  };
  if ( description_->has_post and not dynamic_cast< const nest::ArchivingNode* >( &target ) )
  {
    refuse( "depends on the target's spikes, which only neurons keep" );
  }
  if ( description_->reads_target and recordables().empty() )
  {
    throw nest::KernelException( "The host was not told what '" + name_ + "' reads of NEST's own neurons." );
  }
  for ( const auto& [ port, name ] : recordables() )
  {
    const std::string reason = Recordables::of( target.get_thread() ).refusal( target, port, name, name_ );
    if ( not reason.empty() )
    {
      throw nest::IllegalConnection( reason );
    }
  }
}

/* Return the target's port (of ours, the route of the receptor), and note the pair of models. Two models of ours
 * agree or disagree whichever their nodes are, unless these may differ in their receptors: what the last pair
 * agreed on holds for the next of the same models. */
size_t
SynapseModel::check_target( nest::Node& source, nest::Node& target, const size_t receptor )
{
  if ( source.get_model_id() == handshake_.source_model and target.get_model_id() == handshake_.target_model
    and receptor == handshake_.receptor )
  {
    return handshake_.rport;
  }
  const size_t rport = shake_hands( source, target, receptor );
  if ( typeid( target ) != typeid( Shell ) )
  {
    note_pair( nullptr );
  }
  else
  {
    note_pair( &static_cast< Shell& >( target ).type() );
    if ( is_shell( source ) and not static_cast< Shell& >( target ).type().is_resizable() )
    {
      handshake_ = { source.get_model_id(), target.get_model_id(), receptor, rport };
    }
  }
  return rport;
}

/* Note that a type of neurons, or (null) one that is not ours, is a target of this model. */
void
SynapseModel::note_pair( const NeuronType* const type )
{
  if ( ( type or description_->plastic ) and seen_.insert( type ).second )
  {
#pragma omp critical( nestml_jit_pairs )
    new_pairs().insert( { type ? type->name() : "", name_ } );
  }
}

/* What the weight's column holds for a weight; an error if the model's weight is an integer, and this is none. */
double
SynapseModel::slot_of_weight( const double weight ) const
{
  const Variable& variable = description_->variables[ description_->weight ];
  if ( variable.type != Type::integer )
  {
    return weight;
  }
  if ( not is_integer( weight ) )
  {
    throw nest::BadProperty( "'" + variable.name + "', the weight of '" + name_ + "', must be an integer." );
  }
  return slot_of( static_cast< int64_t >( weight ) );
}

/* Take weight and delay of a new connection of which nothing else is given. */
void
SynapseModel::read_apart( const Apart& apart, NewConnection& connection )
{
  if ( not std::isnan( apart.weight ) and description_->weight < row_.size() )
  {
    row_[ description_->weight ] = slot_of_weight( apart.weight );
  }
  if ( not std::isnan( apart.delay ) )
  {
    connection.delay = apart.delay;
    if ( has_delay_variable() )
    {
      row_[ description_->delay ] = on_grid( apart.delay );
    }
  }
  if ( not guards_.empty() )
  {
    description_->variables.refresh_internals( row_.data() );
  }
  for ( const auto& [ variable, guard ] : guards_ )
  {
    description_->variables.check_guard( variable, *guard, row_.data() );
  }
}

/* Bring `row_` and the rest of a new connection, which hold the defaults, to what it is to have, and check
 * that. True if a delay was given. */
bool
SynapseModel::read_connection( const Dictionary& d, const Apart& apart, NewConnection& connection )
{
  if ( d.empty() and not description_->variables.have_followers() )
  {
    read_apart( apart, connection );
    return not std::isnan( apart.delay );
  }
  const bool delay_given = read( d, row_, connection.delay, given_now_, &given_, apart );
  d.update_integer_value( nest::names::receptor_type, connection.receptor );
  read_label( d, connection.label );
  return delay_given;
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
  if ( not std::isnan( weight ) and description_->weight >= defaults_.size() )
  {
    throw nest::BadProperty( "The synapse model '" + name_
      + "' has no variable that is the weight. Write @nest::weight behind the one that is, or give no weight." );
  }
  row_ = defaults_;
  NewConnection connection { default_delay_, default_receptor_, default_label_ };
  const bool has_own_delay = read_connection( d, { weight, delay }, connection );
  const size_t rport = check_target( source, target, connection.receptor );
  if ( has_own_delay )
  {
    nest::kernel().connection_manager.get_delay_checker().assert_valid_delay_ms( connection.delay );
  }
  else
  {
    check_default_delay();
  }

  nest::ConnectorBase*& connector = connectors[ syn_id ];
  if ( not connector )
  {
    connector = new ColumnarConnector( syn_id, *this );
  }
  const auto steps = static_cast< uint32_t >( nest::Time::delay_ms_to_steps( connection.delay ) );
  Connections& connections = static_cast< ColumnarConnector* >( connector )->connections();
  connections.push_back( target, rport, steps, row_, connection.label );
}

} // namespace nestml_jit
