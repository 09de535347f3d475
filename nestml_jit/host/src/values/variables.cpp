#include "values/variables.h"

#include <algorithm>
#include <sstream>

#include "host_state.h"
#include "nest/errors.h"
#include "values/description.h"
#include "values/texts.h"

namespace nestml_jit
{

namespace
{

/* The value of a program that belongs to a variable. */
double
value_of( const Variable& variable, const Program& program, const double* row )
{
  try
  {
    return program.evaluate( row );
  }
  catch ( const Unevaluated& error )
  {
    throw_bad_property( "'" + variable.name + "': its value or its guard cannot be computed: " + error.what()
      + ". Nothing was changed." );
  }
}

} // namespace

void
Variables::sort()
{
  order_.clear();
  std::vector< bool > visited( list_.size(), false );
  for ( size_t i = 0; i < list_.size(); ++i )
  {
    sort_before( i, visited );
  }
}

/* Append variable i to the order, after all that its default reads. */
void
Variables::sort_before( const size_t i, std::vector< bool >& visited )
{
  if ( i >= list_.size() or visited[ i ] )
  {
    return;
  }
  visited[ i ] = true;
  list_[ i ].initial.for_each_variable(
    [ & ]( const size_t read )
    {
      have_followers_ = have_followers_ or list_[ i ].kind != Kind::internal;
      sort_before( read, visited );
    } );
  order_.push_back( i );
}

/* Give every variable its default. */
void
Variables::initialize( double* row ) const
{
  for ( const size_t i : order_ )
  {
    row[ i ] = list_[ i ].initial.empty() ? list_[ i ].constant : value_of( list_[ i ], list_[ i ].initial, row );
  }
}

void
Variables::refresh_internals( double* row ) const
{
  for ( const size_t i : order_ )
  {
    if ( list_[ i ].kind == Kind::internal and not list_[ i ].initial.empty() )
    {
      row[ i ] = value_of( list_[ i ], list_[ i ].initial, row );
    }
  }
}

/* Whether internals differ between neurons with equal parameters, and from one simulation to the next. */
bool
Variables::internals_read_states() const
{
  return std::any_of( list_.begin(),
    list_.end(),
    [ & ]( const Variable& variable )
    {
      bool found = variable.kind == Kind::internal and variable.initial.empty();
      variable.initial.for_each_variable(
        [ & ]( const size_t k ) { found = found or ( variable.kind == Kind::internal and list_[ k ].is_dynamic() ); } );
      return found;
    } );
}

/* Let parameters and states that were not given follow those that were. */
void
Variables::follow( double* row, const std::vector< bool >& given ) const
{
  for ( const size_t i : order_ )
  {
    if ( not given[ i ] and not list_[ i ].initial.empty() )
    {
      row[ i ] = value_of( list_[ i ], list_[ i ].initial, row );
    }
  }
}

namespace
{

template < typename T, typename Convert >
void
write_elements( const Vector& vector, const double* row, Dictionary& d, const Convert& convert )
{
  std::vector< T > values;
  for ( size_t k = 0; k < std::min( vector.size( row ), vector.elements.size() ); ++k )
  {
    values.push_back( convert( row[ vector.elements[ k ] ] ) );
  }
  d[ vector.name ] = values;
}

/* Write the values of a vector's elements under its name. */
void
write_vector( const Vector& vector, const Variables& variables, const double* row, Dictionary& d )
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

} // namespace

void
Variables::get( const double* row, Dictionary& d ) const
{
  for ( size_t i = 0; i < list_.size(); ++i )
  {
    if ( list_[ i ].hidden or is_beyond( i, row ) )
    {
      continue;
    }
    switch ( list_[ i ].type )
    {
    case Type::real:
      d[ list_[ i ].name ] = row[ i ];
      break;
    case Type::integer:
      d[ list_[ i ].name ] = static_cast< long >( integer_in( row[ i ] ) );
      break;
    case Type::boolean:
      d[ list_[ i ].name ] = row[ i ] != 0.0;
      break;
    case Type::text:
      d[ list_[ i ].name ] = host_state().texts.text( row[ i ] );
      break;
    }
  }
  for ( const Vector& vector : vectors_ )
  {
    if ( not vector.name.empty() and not list_[ vector.elements[ 0 ] ].hidden )
    {
      write_vector( vector, *this, row, d );
    }
  }
}

/* Read one value under `key`; false if the dictionary has none. */
bool
Variables::read_one( const GivenValues& from, const size_t i, const std::string& key, double& value ) const
{
  const auto update = [ & ]( auto& slot )
  {
    const bool found = from.update_or_draw( key, slot );
    if ( found )
    {
      value = static_cast< double >( slot );
    }
    return found;
  };
  switch ( list_[ i ].type )
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
  {
    double slot = value;
    return update( slot );
  }
  }
}

/* Copy what the dictionary gives to `row` and note it in `given`; nothing is checked yet. */
bool
Variables::read( const GivenValues& from, double* row, std::vector< bool >& given ) const
{
  if ( vectors_.empty() )
  {
    return read_scalars( from, row, given );
  }
  const std::vector< double > before( row, row + list_.size() );
  const bool any = read_scalars( from, row, given );
  return read_vectors( from, row, before.data(), given ) or any;
}

bool
Variables::read_scalars( const GivenValues& from, double* row, std::vector< bool >& given ) const
{
  bool any = false;
  for ( size_t i = 0; i < list_.size(); ++i )
  {
    if ( list_[ i ].is_settable() and not is_beyond( i, row ) and read_one( from, i, list_[ i ].name, row[ i ] ) )
    {
      given[ i ] = true;
      any = true;
    }
  }
  return any;
}

/* Check the guards of all variables against a complete row.
 *
 * A guard may read other variables, so every guard is checked whenever anything was given; guards of
 * states only when the state itself was given, because a model may leave their range by itself. */
void
Variables::check( const double* row, const std::vector< bool >& given ) const
{
  for ( size_t i = 0; i < list_.size(); ++i )
  {
    if ( ( not list_[ i ].is_parameter() and not given[ i ] ) or is_beyond( i, row ) )
    {
      continue;
    }
    check_guards( list_[ i ], list_[ i ].guards, row, row[ i ] );
    if ( list_[ i ].origin and given[ i ] )
    {
      check_at_origin( list_[ i ], row[ i ] );
    }
  }
}

std::vector< std::pair< size_t, const Guard* > >
Variables::guards_about( const size_t i ) const
{
  const auto concerns = [ & ]( const Guard& guard )
  {
    bool found = false;
    // what is derived may have been derived from it
    guard.program.for_each_variable(
      [ & ]( const size_t k ) { found = found or k == i or list_[ k ].kind == Kind::internal; } );
    return found;
  };
  std::vector< std::pair< size_t, const Guard* > > found;
  for ( size_t k = 0; k < list_.size(); ++k )
  {
    for ( const Guard& guard : list_[ k ].guards )
    {
      if ( k == i or ( list_[ k ].is_parameter() and concerns( guard ) ) )
      {
        found.emplace_back( k, &guard );
      }
    }
  }
  return found;
}

void
Variables::check_guard( const size_t i, const Guard& guard, const double* row ) const
{
  check_guard( list_[ i ], guard, row, row[ i ] );
}

void
Variables::check_guards( const Variable& variable,
  const std::vector< Guard >& guards,
  const double* row,
  const double value ) const
{
  for ( const Guard& guard : guards )
  {
    check_guard( variable, guard, row, value );
  }
}

void
Variables::check_guard( const Variable& variable, const Guard& guard, const double* row, const double value ) const
{
  if ( value_of( variable, guard.program, row ) != 0.0 )
  {
    return;
  }
  std::ostringstream text;
  text << "'" << variable.name << "' = ";
  if ( variable.type == Type::integer )
  {
    text << integer_in( value );
  }
  else
  {
    text << value;
  }
  if ( not variable.unit.empty() )
  {
    text << " " << variable.unit;
  }
  text << " violates its guard [[ " << guard.text << " ]]. Nothing was changed.";
  throw_bad_property( text.str() );
}

/* Check a moved variable's value by its guards in the synapse model, whose other variables have their
 * defaults. */
void
Variables::check_at_origin( const Variable& variable, const double value ) const
{
  const Variables& theirs = variable.origin->variables;
  const size_t index = theirs.find( variable.origin_name );
  if ( index < theirs.size() and not theirs[ index ].guards.empty() )
  {
    std::vector< double > row( theirs.size() );
    theirs.initialize( row.data() );
    row[ index ] = value;
    check_guards( variable, theirs[ index ].guards, row.data(), value );
  }
}

} // namespace nestml_jit
