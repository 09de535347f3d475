#include "neurons/defaults.h"

namespace nestml_jit
{

bool
Defaults::add_moved( const Variable& variable )
{
  if ( variables_.find( variable.name ) < variables_.size() )
  {
    return false;
  }
  variables_.add( variable );
  values_.push_back( variable.constant );
  given_.push_back( false );
  return true;
}

void
Defaults::hide_moved( const std::string& name, const bool hidden )
{
  const size_t index = variables_.find( name );
  if ( index < variables_.size() )
  {
    variables_.at( index ).hidden = hidden;
    variables_.at( index ).recordable = not hidden and variables_[ index ].kind == Kind::moved_state;
  }
}

std::vector< size_t >
Defaults::grow( const double* const row )
{
  std::vector< size_t > firsts;
  const size_t known = variables_.size();
  variables_.grow( row );
  for ( size_t i = known; i < variables_.size(); ++i )
  {
    firsts.push_back( variables_.first_element( i ) );
    values_.push_back( values_[ firsts.back() ] );
    given_.push_back( false );
  }
  return firsts;
}

} // namespace nestml_jit
