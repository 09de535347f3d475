/* Vectors of a model's variables, and sizes that are variables. */
#include "values/variables.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "nest/errors.h"

namespace nestml_jit
{

namespace
{

constexpr int64_t largest_vector = 100000;

} // namespace

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

void
Variables::grow( const double* row )
{
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
}

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

} // namespace nestml_jit
