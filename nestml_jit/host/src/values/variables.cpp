#include "values/variables.h"

#include <algorithm>
#include <sstream>

#include "nest/errors.h"
#include "values/description.h"

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

size_t
Variables::find_alias( const std::string& name ) const
{
  const auto found =
    std::find_if( aliases_.begin(), aliases_.end(), [ & ]( const Alias& alias ) { return alias.name == name; } );
  return found == aliases_.end() ? list_.size() : found->variable;
}

void
Variables::set_alias( const std::string& name, const size_t variable )
{
  const auto found =
    std::find_if( aliases_.begin(), aliases_.end(), [ & ]( const Alias& alias ) { return alias.name == name; } );
  if ( found == aliases_.end() )
  {
    aliases_.push_back( { name, variable } );
  }
  else
  {
    found->variable = variable;
  }
}

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

/* A guard may read other variables, so every guard is checked whenever anything was given; guards of
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
