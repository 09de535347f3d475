/* Vectors of a model's variables: whole vectors by their name, and sizes that are variables. */
#include "host_state.h"
#include "nest/errors.h"
#include "values/variables.h"

#include <sstream>

#include "values/texts.h"

namespace nestml_jit
{

namespace
{

constexpr int64_t largest_vector = 100000;

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

} // namespace

/* Note that the variables `before + k + after` are the elements of a vector. */
void
Variables::add_vector( const std::string& name,
  const std::string& before,
  const std::string& after,
  const size_t size,
  const std::string& size_variable )
{
  Vector vector { name, before, after, {}, SIZE_MAX };
  vector.size_variable = size_variable.empty() ? SIZE_MAX : find( size_variable );
  for ( size_t k = 0; k < size; ++k )
  {
    const size_t index = find( vector.element_name( k ) );
    vector.elements.push_back( index );
    list_.at( index ).position = k;
    list_.at( index ).size_variable = vector.size_variable;
  }
  vectors_.push_back( std::move( vector ) );
}

/* Check a row's value of a variable that is the size of a vector. */
void
Variables::check_size( const std::string& vector, const size_t size_variable, const double* row ) const
{
  const Variable& variable = list_[ size_variable ];
  const int64_t size = integer_in( row[ size_variable ] );
  check_guards( variable, variable.guards, row, row[ size_variable ] );
  if ( size < 1 or size > largest_vector )
  {
    std::ostringstream text;
    text << "'" << variable.name << "' = " << size << " is the size of the vector '" << vector
         << "': it must be between 1 and " << largest_vector << ". Nothing was changed.";
    throw_bad_property( text.str() );
  }
}

/* Add elements where a row asks for longer vectors; true if there are any. The row may be shorter afterwards
 * than there are variables. */
bool
Variables::grow( const double* row )
{
  const size_t before = list_.size();
  std::vector< std::pair< size_t, size_t > > added; // vector, position
  for ( size_t v = 0; v < vectors_.size(); ++v )
  {
    Vector& vector = vectors_[ v ];
    if ( vector.size_variable == SIZE_MAX )
    {
      continue;
    }
    check_size( vector.before.substr( 0, vector.before.find( '[' ) ), vector.size_variable, row );
    for ( size_t k = vector.elements.size(); k < vector.size( row ); ++k )
    {
      Variable element = list_[ vector.elements.front() ];
      element.name = vector.element_name( k );
      element.position = k;
      index_[ element.name ] = list_.size();
      vector.elements.push_back( list_.size() );
      list_.push_back( std::move( element ) );
      added.emplace_back( v, k );
    }
  }
  for ( const auto& [ v, k ] : added )
  {
    const Vector& vector = vectors_[ v ];
    const Variable& first = list_[ vector.elements[ 0 ] ];
    const Variable& second = list_[ vector.elements[ std::min< size_t >( 1, k - 1 ) ] ];
    Variable& element = list_[ vector.elements[ k ] ];
    element.initial = of_element( k, first.initial, second.initial );
    for ( size_t g = 0; g < element.guards.size(); ++g )
    {
      element.guards[ g ].program = of_element( k, first.guards[ g ].program, second.guards[ g ].program );
    }
  }
  sort();
  return list_.size() > before;
}

/* The first element of the vector of which variable i is an element. */
size_t
Variables::first_element( const size_t i ) const
{
  for ( const Vector& vector : vectors_ )
  {
    if ( list_[ i ].position < vector.elements.size() and vector.elements[ list_[ i ].position ] == i )
    {
      return vector.elements.front();
    }
  }
  return i;
}

/* An expression of a new element: where those of the first two elements read an element of another vector at
 * their own position, it does so too. */
Program
Variables::of_element( const size_t position, const Program& first, const Program& second ) const
{
  const bool have_two = &first != &second;
  const std::vector< size_t > theirs = second.variables_read();
  size_t next = 0;
  return first.with_variables(
    [ & ]( const size_t read )
    {
      const size_t other = have_two and next < theirs.size() ? theirs[ next ] : read;
      ++next;
      for ( const Vector& vector : vectors_ )
      {
        const bool moves = vector.elements.size() > position and vector.elements[ 0 ] == read
          and ( not have_two or other == vector.elements[ 1 ] );
        if ( moves )
        {
          return vector.elements[ position ];
        }
      }
      return read;
    } );
}

bool
Variables::read_vectors( const GivenValues& from, double* row, const double* before, std::vector< bool >& given ) const
{
  bool any = false;
  for ( const Vector& vector : vectors_ )
  {
    if ( not vector.name.empty() and from.known( vector.name ) and list_[ vector.elements.front() ].is_settable() )
    {
      read_vector( vector, from.at( vector.name ), row, before, given, from );
      any = true;
    }
  }
  return any;
}

void
Variables::read_vector( const Vector& vector,
  const any_type& entry,
  double* row,
  const double* before,
  std::vector< bool >& given,
  const GivenValues& from ) const
{
  const size_t size = std::min( vector.size( row ), vector.elements.size() );
  bool fits = true;
  const std::vector< double > values = numbers_in( entry, list_[ vector.elements.front() ].type, size, from, fits );
  if ( not fits or values.size() != size )
  {
    constexpr const char* names[] = { "real numbers", "integers", "booleans", "strings" };
    std::ostringstream text;
    text << "'" << vector.name << "' is a vector of " << size << " "
         << names[ static_cast< int >( list_[ vector.elements.front() ].type ) ] << "; "
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
        "'" + vector.name + "' and '" + list_[ i ].name + "' are given different values. Nothing was changed." );
    }
    row[ i ] = is_own ? row[ i ] : values[ k ];
    given[ i ] = true;
  }
}

} // namespace nestml_jit
