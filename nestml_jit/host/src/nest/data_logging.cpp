#include "nest/data_logging.h"

#include <algorithm>
#include <cctype>

#include "universal_data_logger_impl.h"

#include "nest/shell.h"
#include "neurons/block.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

DataLogging::DataLogging( Shell& shell )
  : shell_( shell )
  , logger_( shell )
{
}

DataLogging::~DataLogging() = default;

void
DataLogging::record( const long step )
{
  logger_.record_data( step );
}

void
DataLogging::answer( const nest::DataLoggingRequest& request )
{
  logger_.handle( request );
}

void
DataLogging::reset()
{
  logger_.reset();
}

void
DataLogging::init()
{
  logger_.init();
}

size_t
DataLogging::connect( const nest::DataLoggingRequest& request )
{
  name_recordables();
  return logger_.connect_logging_device( request, recordables_ );
}

/* Name all that can be recorded: variables that the neuron has now, and what the kernel computes. */
void
DataLogging::name_recordables()
{
  const NeuronType& type = shell_.type();
  const Variables& variables = type.variables();
  std::vector< double > row;
  shell_.block()->read_row( shell_.lane(), row );
  variables.refresh_internals( row.data() );
  for ( size_t i = 0; i < variables.size(); ++i )
  {
    if ( variables[ i ].recordable and not variables.is_beyond( i, row.data() ) )
    {
      recordables_.insert( variables[ i ].name, nest::DataAccessFunctor< Shell >( shell_, i ) );
    }
  }
  name_elements( row );
  for ( size_t k = 0; k < variables.aliases().size(); ++k )
  {
    const Alias& alias = variables.aliases()[ k ];
    if ( variables[ alias.variable ].recordable )
    {
      recordables_.insert( alias.name, nest::DataAccessFunctor< Shell >( shell_, first_alias + k ) );
    }
  }
  const auto& observables = type.description().observables;
  for ( size_t i = 0; i < observables.size(); ++i )
  {
    recordables_.insert( observables[ i ], nest::DataAccessFunctor< Shell >( shell_, first_observable + i ) );
  }
}

/* Name elements of vectors a second time: NESTML's code calls those of `g` G_0, G_1, ... */
void
DataLogging::name_elements( const std::vector< double >& row )
{
  const Variables& variables = shell_.type().variables();
  for ( const Vector& vector : variables.vectors() )
  {
    for ( size_t k = 0; not vector.name.empty() and k < vector.elements.size(); ++k )
    {
      std::string name = vector.name + "_" + std::to_string( k );
      std::transform( name.begin(), name.end(), name.begin(), []( unsigned char c ) { return std::toupper( c ); } );
      const size_t i = vector.elements[ k ];
      if ( variables[ i ].recordable and variables.find( name ) == variables.size() and k < vector.size( row.data() ) )
      {
        recordables_.insert( name, nest::DataAccessFunctor< Shell >( shell_, i ) );
      }
    }
  }
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

} // namespace nestml_jit
