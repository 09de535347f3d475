#include "nest/data_logging.h"

#include <algorithm>
#include <optional>

#include "recordables_map.h"
#include "universal_data_logger.h"
#include "universal_data_logger_impl.h"

#include "nest/errors.h"
#include "nest/reached.h"
#include "nest/shell.h"
#include "nest/time_slices.h"
#include "neurons/block.h"
#include "neurons/neuron_type.h"
#include "values/upper_case.h"

namespace nestml_jit
{

// --- what can be recorded ----------------------------------------------------------------------------

namespace
{

/* The element of a vector that NESTML's code has another name for: it calls those of `g` G_0, G_1, ... */
std::optional< size_t >
element_called( const Variables& variables, const std::string& name, const double* const row )
{
  for ( const Vector& vector : variables.vectors() )
  {
    for ( size_t k = 0; not vector.name.empty() and k < vector.elements.size(); ++k )
    {
      const std::string known = upper_case( vector.name + "_" + std::to_string( k ) );
      const size_t i = vector.elements[ k ];
      if ( known == name and variables[ i ].recordable and k < vector.size( row ) )
      {
        return i;
      }
    }
  }
  return std::nullopt;
}

/* What a block calls a recordable of a lane: a variable that the neuron has now, maybe by another name, or what the
 * kernel computes. */
std::optional< size_t >
find_recordable( const NeuronType& type, const std::string& name, const double* const row )
{
  const Variables& variables = type.variables();
  const size_t i = variables.find( name );
  if ( i < variables.size() and variables[ i ].recordable and not variables.is_beyond( i, row ) )
  {
    return i;
  }
  const auto element = i < variables.size() ? std::nullopt : element_called( variables, name, row );
  if ( element )
  {
    return element;
  }
  const auto& aliases = variables.aliases();
  for ( size_t k = 0; k < aliases.size(); ++k )
  {
    if ( aliases[ k ].name == name and variables[ aliases[ k ].variable ].recordable )
    {
      return first_alias + k;
    }
  }
  const auto& observables = type.description().observables;
  const auto found = std::find( observables.begin(), observables.end(), name );
  return found == observables.end()
    ? std::nullopt
    : std::optional( first_observable + static_cast< size_t >( found - observables.begin() ) );
}

} // namespace

LoggingRequest
logging_request( const Shell& shell, const nest::DataLoggingRequest& request )
{
  const NeuronType& type = shell.type();
  std::vector< double > row;
  shell.block()->read_row( shell.lane(), row );
  type.variables().refresh_internals( row.data() );
  LoggingRequest asked { request.get_sender().get_node_id(),
    request.get_recording_interval().get_steps(),
    request.get_recording_offset().get_steps(),
    request.record_from(),
    {} };
  for ( const std::string& name : asked.names )
  {
    const auto found = find_recordable( type, name, row.data() );
    if ( not found )
    {
      throw_illegal_connection( "Cannot connect with unknown recordable " + name );
    }
    asked.elements.push_back( *found );
  }
  if ( not asked.names.empty() and asked.interval < 1 )
  {
    throw_illegal_connection( "Recording interval must be >= resolution." );
  }
  return asked;
}

std::vector< std::string >
recordable_names( const NeuronType& type, const double* const row )
{
  const Variables& variables = type.variables();
  std::vector< std::string > names = type.description().observables;
  for ( size_t i = 0; i < variables.size(); ++i )
  {
    if ( variables[ i ].recordable and not variables.is_beyond( i, row ) )
    {
      names.push_back( variables[ i ].name );
    }
  }
  for ( const Alias& alias : variables.aliases() )
  {
    if ( variables[ alias.variable ].recordable )
    {
      names.push_back( alias.name );
    }
  }
  std::sort( names.begin(), names.end() );
  return names;
}

// --- NEST's logger ---------------------------------------------------------------------------------------

struct DataLogging::Logger
{
  explicit Logger( Shell& shell )
    : logger( shell )
  {
  }

  nest::DynamicRecordablesMap< Shell > recordables;
  nest::DynamicUniversalDataLogger< Shell > logger;
};

DataLogging::DataLogging( Shell& shell, std::shared_ptr< const LoggingRequest > request )
  : shell_( &shell )
  , request_( std::move( request ) )
{
}

DataLogging::~DataLogging() = default;
DataLogging::DataLogging( DataLogging&& ) noexcept = default;
DataLogging& DataLogging::operator=( DataLogging&& ) noexcept = default;

void
DataLogging::make_logger()
{
  if ( logger_ )
  {
    return;
  }
  logger_ = std::make_unique< Logger >( *shell_ );
  for ( size_t i = 0; i < request_->names.size(); ++i )
  {
    logger_->recordables.insert(
      request_->names[ i ], nest::DataAccessFunctor< Shell >( *shell_, request_->elements[ i ] ) );
  }
  nest::DataLoggingRequest request(
    nest::Time::step( request_->interval ), nest::Time::step( request_->offset ), request_->names );
  nest::Node& device = *nest::kernel().node_manager.get_node_or_proxy( request_->device, shell_->get_thread() );
  request.set_sender( device );
  logger_->logger.connect_logging_device( request, logger_->recordables );
}

/* NEST prepares nodes before it simulates, and would not prepare those of a prepared simulation again. */
void
DataLogging::leave_to_block( const bool wanted )
{
  const bool before = std::exchange( is_left_to_block_, wanted );
  if ( before and not wanted and nest::kernel().simulation_manager.has_been_prepared() )
  {
    init();
  }
}

void
DataLogging::record( const long step )
{
  if ( logger_ and not is_left_to_block_ )
  {
    logger_->logger.record_data( step );
  }
}

/* Each device has a logger of its own, in which it is number 1. */
void
DataLogging::answer( nest::DataLoggingRequest& request )
{
  if ( logger_ and not is_left_to_block_ )
  {
    const size_t number = request.get_rport();
    request.set_rport( 1 );
    logger_->logger.handle( request );
    request.set_rport( number );
  }
}

void
DataLogging::reset()
{
  if ( logger_ )
  {
    logger_->logger.reset();
  }
}

void
DataLogging::init()
{
  if ( not is_left_to_block_ )
  {
    make_logger();
    logger_->logger.init();
  }
}

} // namespace nestml_jit
