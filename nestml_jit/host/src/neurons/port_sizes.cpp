#include "neurons/port_sizes.h"

#include <algorithm>

#include "values/variables.h"

namespace nestml_jit
{

void
PortSizes::fit( const Variables& variables, const double* const row )
{
  for ( const Port& port : ports_.list() )
  {
    if ( port.size_variable != SIZE_MAX )
    {
      variables.check_size( port.name, port.size_variable, row );
    }
  }
  const std::vector< size_t > sizes = ports_.sizes( row );
  for ( size_t p = 0; p < sizes.size(); ++p )
  {
    largest_[ p ] = std::max( largest_[ p ], sizes[ p ] );
  }
}

std::vector< std::pair< std::string, size_t > >
PortSizes::named() const
{
  std::vector< std::pair< std::string, size_t > > found;
  for ( size_t p = 0; p < largest_.size(); ++p )
  {
    const Port& port = ports_.list()[ p ];
    if ( port.size_variable != SIZE_MAX and port.spikes )
    {
      found.emplace_back( port.name, largest_[ p ] );
    }
  }
  return found;
}

} // namespace nestml_jit
