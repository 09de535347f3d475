#include "nest/row_dictionary.h"

#include <algorithm>
#include <sstream>

#include "host_state.h"
#include "nest/errors.h"
#include "values/slots.h"
#include "values/texts.h"

namespace nestml_jit
{

namespace
{

template < typename T, typename Convert >
void
write_elements( const Vector& vector, const std::vector< double >& row, Dictionary& d, const Convert& convert )
{
  std::vector< T > values;
  for ( size_t k = 0; k < std::min( vector.size( row.data() ), vector.elements.size() ); ++k )
  {
    values.push_back( convert( row[ vector.elements[ k ] ] ) );
  }
  d[ vector.name ] = values;
}

/* Write the values of a vector's elements under its name. */
void
write_vector( const Vector& vector, const Variables& variables, const std::vector< double >& row, Dictionary& d )
{
  switch ( variables[ vector.elements.front() ].type )
  {
  case Type::real:
    write_elements< double >( vector, row, d, []( const double x ) { return x; } );
    break;
  case Type::integer:
    write_elements< long >( vector, row, d, []( const double x ) { return static_cast< long >( integer_in( x ) ); } );
    break;
  case Type::boolean:
    write_elements< bool >( vector, row, d, []( const double x ) { return x != 0.0; } );
    break;
  case Type::text:
    write_elements< std::string >( vector, row, d, []( const double x ) { return host_state().texts.text( x ); } );
    break;
  }
}

void
write_value( const Variable& variable, const std::string& name, const double value, Dictionary& d )
{
  switch ( variable.type )
  {
  case Type::real:
    d[ name ] = value;
    break;
  case Type::integer:
    d[ name ] = static_cast< long >( integer_in( value ) );
    break;
  case Type::boolean:
    d[ name ] = value != 0.0;
    break;
  case Type::text:
    d[ name ] = host_state().texts.text( value );
    break;
  }
}

} // namespace

void
write_row( const Variables& variables, const std::vector< double >& row, Dictionary& d )
{
  for ( size_t i = 0; i < variables.size(); ++i )
  {
    const Variable& variable = variables[ i ];
    if ( variable.hidden or variables.is_beyond( i, row.data() ) )
    {
      continue;
    }
    write_value( variable, variable.name, row[ i ], d );
  }
  for ( const Alias& alias : variables.aliases() )
  {
    if ( const Variable& variable = variables[ alias.variable ]; not variable.hidden )
    {
      write_value( variable, alias.name, row[ alias.variable ], d );
    }
  }
  for ( const Vector& vector : variables.vectors() )
  {
    if ( not vector.name.empty() and not variables[ vector.elements[ 0 ] ].hidden )
    {
      write_vector( vector, variables, row, d );
    }
  }
}

namespace
{

/* Names under which something is given that is shown and cannot be set. */
std::vector< std::string >
given_names_of_shown( const Variables& variables, const GivenValues& from )
{
  std::vector< std::string > names;
  const auto add = [ & ]( const Variable& variable, const std::string& name )
  {
    if ( not variable.is_settable() and not variable.hidden and from.known( name ) )
    {
      names.push_back( name );
    }
  };
  for ( size_t i = 0; i < variables.size(); ++i )
  {
    add( variables[ i ], variables[ i ].name );
  }
  for ( const Vector& vector : variables.vectors() )
  {
    add( variables[ vector.elements.front() ], vector.name );
  }
  return names;
}

} // namespace

void
accept_shown( const Variables& variables, const GivenValues& from, const std::vector< double >& row )
{
  const std::vector< std::string > names = given_names_of_shown( variables, from );
  if ( names.empty() )
  {
    return;
  }
  std::vector< double > complete = row;
  variables.refresh_internals( complete.data() );
  Dictionary shown;
  write_row( variables, complete, shown );
  for ( const std::string& name : names )
  {
    if ( shown.known( name ) )
    {
      from.accept( name, shown );
    }
  }
}

bool
read_value( const Variable& variable, const GivenValues& from, const std::string& key, double& value )
{
  switch ( variable.type )
  {
  case Type::integer:
  {
    long slot = integer_in( value );
    const bool found = from.update_or_draw( key, slot );
    value = slot_of( slot );
    return found;
  }
  case Type::boolean:
  {
    // NEST has no arrays of booleans for Connect: 0 and 1 stand for them
    const long* const number = from.known( key ) ? std::get_if< long >( &from.at( key ) ) : nullptr;
    if ( number and ( *number == 0 or *number == 1 ) )
    {
      value = static_cast< double >( *number );
      return true;
    }
    bool slot = value != 0.0;
    const bool found = from.update( key, slot );
    value = found ? ( slot ? 1.0 : 0.0 ) : value;
    return found;
  }
  case Type::text:
  {
    std::string slot;
    const bool found = from.update( key, slot );
    value = found ? host_state().texts.number( slot ) : value;
    return found;
  }
  default:
    return from.update_or_draw( key, value );
  }
}

void
read_scalars( const Variables& variables,
  const GivenValues& from,
  std::vector< double >& row,
  std::vector< bool >& given )
{
  for ( size_t i = 0; i < variables.size(); ++i )
  {
    const bool is_there = variables[ i ].is_settable() and not variables.is_beyond( i, row.data() );
    if ( is_there and read_value( variables[ i ], from, variables[ i ].name, row[ i ] ) )
    {
      given[ i ] = true;
    }
  }
  for ( const Alias& alias : variables.aliases() )
  {
    const size_t i = alias.variable;
    if ( variables[ i ].is_settable() and read_value( variables[ i ], from, alias.name, row[ i ] ) )
    {
      given[ i ] = true;
    }
  }
}

namespace
{

/* The numbers in an entry of a dictionary that is to be a vector of `size` elements of a type.
 *
 * Integers may stand for real numbers, and a random parameter gives every element a value of its own. */
std::vector< double >
numbers_in( const any_type& entry, const Type type, const size_t size, const GivenValues& from, bool& fits )
{
  std::vector< double > values;
  fits = true;
  if ( const auto* const reals = std::get_if< std::vector< double > >( &entry ) )
  {
    fits = type == Type::real;
    values = *reals;
  }
  else if ( const auto* const wholes = std::get_if< std::vector< long > >( &entry ) )
  {
    fits = type == Type::real or type == Type::integer;
    for ( const long whole : *wholes )
    {
      values.push_back( type == Type::integer ? slot_of( whole ) : static_cast< double >( whole ) );
    }
  }
  else if ( const auto* const truths = std::get_if< std::vector< bool > >( &entry ) )
  {
    fits = type == Type::boolean;
    values.assign( truths->begin(), truths->end() );
  }
  else if ( const auto* const texts = std::get_if< std::vector< std::string > >( &entry ) )
  {
    fits = type == Type::text;
    for ( const std::string& text : *texts )
    {
      values.push_back( host_state().texts.number( text ) );
    }
  }
  else if ( GivenValues::is_random( entry ) )
  {
    values = type == Type::real ? from.draw( entry, size ) : values;
    fits = not values.empty();
  }
  else if ( const auto* const real = std::get_if< double >( &entry ) )
  {
    fits = type == Type::real;
    values.push_back( *real );
  }
  else if ( const auto* const whole = std::get_if< long >( &entry ) )
  {
    fits = type == Type::real or type == Type::integer;
    values.push_back( type == Type::integer ? slot_of( *whole ) : static_cast< double >( *whole ) );
  }
  else
  {
    fits = std::holds_alternative< EmptyList >( entry );
  }
  return values;
}

/* Copy the elements of a vector that is given as a whole to a row. */
void
read_vector( const Variables& variables,
  const Vector& vector,
  const GivenValues& from,
  std::vector< double >& row,
  const std::vector< double >& before,
  std::vector< bool >& given )
{
  const Type type = variables[ vector.elements.front() ].type;
  const size_t size = std::min( vector.size( row.data() ), vector.elements.size() );
  bool fits = true;
  const std::vector< double > values = numbers_in( from.at( vector.name ), type, size, from, fits );
  if ( not fits or values.size() != size )
  {
    constexpr const char* names[] = { "real numbers", "integers", "booleans", "strings" };
    std::ostringstream text;
    text << "'" << vector.name << "' is a vector of " << size << " " << names[ static_cast< int >( type ) ] << "; "
         << ( fits ? std::to_string( values.size() ) + " were given" : "something else was given" )
         << ". Nothing was changed.";
    throw_bad_property( text.str() );
  }
  for ( size_t k = 0; k < size; ++k )
  {
    const size_t i = vector.elements[ k ];
    // What get() returns can be set again after a change of the whole vector or of some elements.
    const bool is_own = given[ i ] and not is_same( row[ i ], before[ i ] );
    if ( is_own and not is_same( values[ k ], before[ i ] ) and not is_same( values[ k ], row[ i ] ) )
    {
      throw_bad_property(
        "'" + vector.name + "' and '" + variables[ i ].name + "' are given different values. Nothing was changed." );
    }
    row[ i ] = is_own ? row[ i ] : values[ k ];
    given[ i ] = true;
  }
}

} // namespace

void
read_vectors( const Variables& variables,
  const GivenValues& from,
  std::vector< double >& row,
  const std::vector< double >& before,
  std::vector< bool >& given )
{
  for ( const Vector& vector : variables.vectors() )
  {
    const bool is_settable = not vector.name.empty() and variables[ vector.elements.front() ].is_settable();
    if ( is_settable and from.known( vector.name ) )
    {
      read_vector( variables, vector, from, row, before, given );
    }
  }
}

void
read_row( const Variables& variables, const GivenValues& from, std::vector< double >& row, std::vector< bool >& given )
{
  if ( variables.vectors().empty() )
  {
    read_scalars( variables, from, row, given );
    return;
  }
  const std::vector< double > before = row;
  read_scalars( variables, from, row, given );
  read_vectors( variables, from, row, before, given );
}

} // namespace nestml_jit
