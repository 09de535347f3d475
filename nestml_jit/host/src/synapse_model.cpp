#include "synapse_model.h"

#include <cmath>
#include <typeinfo>

#include "delay_checker.h"
#include "kernel_manager.h"
#include "nest_names.h"

#include "shell.h"

namespace nestml_jit
{

std::set< std::pair< std::string, std::string > >&
new_pairs()
{
  static std::set< std::pair< std::string, std::string > > pairs;
  return pairs;
}

namespace
{

/* Stands for the synapse when the source is asked which events it sends: a plastic synapse takes
 * spikes of neurons only, one that just passes a weight on takes everything that is delayed. */
class PlasticDummy : public nest::ConnTestDummyNodeBase
{
public:
  using nest::ConnTestDummyNodeBase::handles_test_event;
  size_t
  handles_test_event( nest::SpikeEvent&, size_t ) override
  {
    return nest::invalid_port;
  }
};

class StaticDummy : public PlasticDummy
{
public:
  using PlasticDummy::handles_test_event;
  size_t
  handles_test_event( nest::RateEvent&, size_t ) override
  {
    return nest::invalid_port;
  }
  size_t
  handles_test_event( nest::DataLoggingRequest&, size_t ) override
  {
    return nest::invalid_port;
  }
  size_t
  handles_test_event( nest::CurrentEvent&, size_t ) override
  {
    return nest::invalid_port;
  }
  size_t
  handles_test_event( nest::ConductanceEvent&, size_t ) override
  {
    return nest::invalid_port;
  }
  size_t
  handles_test_event( nest::DoubleDataEvent&, size_t ) override
  {
    return nest::invalid_port;
  }
  size_t
  handles_test_event( nest::DSSpikeEvent&, size_t ) override
  {
    return nest::invalid_port;
  }
  size_t
  handles_test_event( nest::DSCurrentEvent&, size_t ) override
  {
    return nest::invalid_port;
  }
};

constexpr auto properties = nest::ConnectionModelProperties::HAS_DELAY | nest::ConnectionModelProperties::IS_PRIMARY;

} // namespace

SynapseModel::SynapseModel( const std::string& name )
  : ConnectorModel( name, properties )
  , description_( Registry::get().next_synapse )
  , defaults_( description_->variables.size() )
  , given_( description_->variables.size(), false )
  , connectors_( std::make_shared< ConnectorList >() )
{
  description_->variables.initialize( defaults_.data() );
}

SynapseModel::SynapseModel( const SynapseModel& other, const std::string& name )
  : ConnectorModel( other, name )
  , description_( other.description_ )
  , defaults_( other.defaults_ )
  , given_( other.given_ )
  , default_delay_( other.default_delay_ )
  , default_receptor_( other.default_receptor_ )
  , connectors_( std::make_shared< ConnectorList >() )
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
  const Variables& variables = description_->variables;
  for ( size_t i = 0; i < variables.size(); ++i )
  {
    if ( variables[ i ].common and d.known( variables[ i ].name ) )
    {
      throw nest::NotImplemented( "Synapse parameter \"" + variables[ i ].name
        + "\" is common to all connections of the model '" + name_
        + "': it can only be set via SetDefaults() or CopyModel()." );
    }
  }
}

void
SynapseModel::write( const std::vector< double >& row, const double delay, Dictionary& d ) const
{
  description_->variables.get( row.data(), d );
  if ( description_->weight < row.size() )
  {
    d[ nest::names::weight ] = row[ description_->weight ];
  }
  d[ nest::names::delay ] = delay;
  if ( description_->delay < row.size() )
  {
    d[ description_->variables[ description_->delay ].name ] = delay;
  }
}

bool
SynapseModel::read( const Dictionary& d,
  std::vector< double >& row,
  double& delay,
  std::vector< bool >& given,
  const std::vector< bool >* const fixed ) const
{
  const Variables& variables = description_->variables;
  given.assign( row.size(), false );
  variables.read( d, row.data(), given, nullptr );

  const size_t weight = description_->weight;
  const bool named_weight = weight < row.size() and given[ weight ] and variables[ weight ].name != nest::names::weight;
  if ( weight < row.size() and d.known( nest::names::weight ) )
  {
    const double named = row[ weight ];
    given[ weight ] = variables.read_one( d, weight, nest::names::weight, row[ weight ], nullptr );
    if ( named_weight and row[ weight ] != named )
    {
      throw nest::BadProperty( "'weight' and '" + variables[ weight ].name + "' are the same variable of the model '"
        + name_ + "': give one of them, or equal values." );
    }
  }
  bool delay_given = d.update_value( nest::names::delay, delay );
  if ( description_->delay < row.size() and given[ description_->delay ] )
  {
    delay = row[ description_->delay ];
    delay_given = true;
  }
  if ( fixed and variables.have_followers() )
  {
    std::vector< bool > kept = given;
    for ( size_t i = 0; i < kept.size(); ++i )
    {
      kept[ i ] = kept[ i ] or ( *fixed )[ i ];
    }
    variables.follow( row.data(), kept );
  }
  variables.refresh_internals( row.data() );
  variables.check( row.data(), given );
  return delay_given;
}

void
SynapseModel::get_status( Dictionary& d ) const
{
  write( defaults_, default_delay_, d );
  d[ nest::names::size_of ] = static_cast< long >( sizeof( uint32_t ) + sizeof( uint16_t ) + sizeof( double ) );
  d[ nest::names::receptor_type ] = static_cast< long >( default_receptor_ );
  d[ nest::names::synapse_model ] = name_;
  d[ nest::names::synapse_modelid ] = static_cast< long >( nest::kernel().model_manager.get_synapse_model_id( name_ ) );
  d[ nest::names::requires_symmetric ] = false;
  d[ nest::names::has_delay ] = true;
}

void
SynapseModel::set_status( const Dictionary& d )
{
  std::vector< double > row = defaults_;
  double delay = default_delay_;
  std::vector< bool > given;
  if ( read( d, row, delay, given, &given_ ) )
  {
    if ( nest::Time::delay_ms_to_steps( delay ) < 1 )
    {
      throw nest::BadDelay( delay, "Delay must be greater than or equal to resolution" );
    }
  }
  size_t receptor = default_receptor_;
  d.update_integer_value( nest::names::receptor_type, receptor );
  d.all_entries_accessed( "SetDefaults", "params", /* thread_local_dict */ true );
  default_receptor_ = receptor;
  const Variables& variables = description_->variables;
  for ( size_t i = 0; i < row.size(); ++i )
  {
    if ( variables[ i ].common and row[ i ] != defaults_[ i ] )
    {
      for ( ColumnarConnector* const connector : connectors_->connectors )
      {
        connector->set_common( i, row[ i ] );
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

/* The handshake of NEST: does the source send what the synapse takes, and does the target take it? */
size_t
SynapseModel::check_target( nest::Node& source, nest::Node& target, const size_t receptor ) const
{
  if ( description_->plastic )
  {
    PlasticDummy dummy;
    source.send_test_event( dummy, receptor, syn_id_, true );
  }
  else
  {
    StaticDummy dummy;
    source.send_test_event( dummy, receptor, syn_id_, true );
  }
  const size_t rport = source.send_test_event( target, receptor, syn_id_, false );
  if ( not( source.sends_signal() & target.receives_signal() ) )
  {
    throw nest::IllegalConnection( "Source and target neuron are not compatible (e.g., spiking vs binary neuron)." );
  }
  if ( description_->plastic and typeid( target ) != typeid( Shell ) )
  {
    throw nest::IllegalConnection( "The synapse model '" + name_
      + "' has dynamics of its own and can target neurons from NESTML only, "
        "but node "
      + std::to_string( target.get_node_id() ) + " is a '" + target.get_name()
      + "' of NEST. Use a neuron model from NESTML, or NEST's own synapse model." );
  }
  return rport;
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
  auto& checker = nest::kernel().connection_manager.get_delay_checker();
  std::vector< double > row = defaults_;
  double delay_ms = default_delay_;
  bool delay_given = not std::isnan( delay );
  if ( not d.empty() )
  {
    double from_dictionary = delay_ms;
    std::vector< bool > given;
    const bool in_dictionary = read( d, row, from_dictionary, given, &given_ );
    if ( in_dictionary and delay_given )
    {
      throw nest::BadParameter( "Parameter dictionary must not contain delay if delay is given explicitly." );
    }
    delay_ms = from_dictionary;
    delay_given = delay_given or in_dictionary;
  }
  if ( not std::isnan( delay ) )
  {
    delay_ms = delay;
  }
  if ( not std::isnan( weight ) and description_->weight < row.size() )
  {
    row[ description_->weight ] = weight;
    std::vector< bool > given( row.size(), false );
    given[ description_->weight ] = true;
    description_->variables.check( row.data(), given );
  }

  size_t receptor = default_receptor_;
  d.update_integer_value( nest::names::receptor_type, receptor );
  const size_t rport = check_target( source, target, receptor );

  if ( delay_given )
  {
    checker.assert_valid_delay_ms( delay_ms );
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
  static_cast< ColumnarConnector* >( connector )
    ->push_back( target, rport, static_cast< uint32_t >( nest::Time::delay_ms_to_steps( delay_ms ) ), row );

  if ( typeid( target ) == typeid( Shell ) )
  {
    const NeuronType& type = static_cast< Shell& >( target ).type();
    if ( seen_.insert( &type ).second )
    {
#pragma omp critical( nestml_jit_pairs )
      new_pairs().insert( { type.name(), name_ } );
    }
  }
}

} // namespace nestml_jit
