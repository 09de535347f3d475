#include "neurons/ports.h"

#include <algorithm>

#include "values/slots.h"
#include "values/upper_case.h"

namespace nestml_jit
{

/* Whether neurons of the model may have different receptors. */
bool
Ports::are_resizable() const
{
  return std::any_of( list_.begin(), list_.end(), []( const Port& port ) { return port.size_variable != SIZE_MAX; } );
}

/* How many elements each port has by default. */
std::vector< size_t >
Ports::sizes() const
{
  std::vector< size_t > found;
  for ( const Port& port : list_ )
  {
    found.push_back( std::max< size_t >( 1, port.size ) );
  }
  return found;
}

/* How many elements each port has in a neuron with these variables. */
std::vector< size_t >
Ports::sizes( const double* const row ) const
{
  std::vector< size_t > found = sizes();
  for ( size_t p = 0; p < list_.size(); ++p )
  {
    if ( list_[ p ].size_variable != SIZE_MAX )
    {
      found[ p ] = size_in( row[ list_[ p ].size_variable ] );
    }
  }
  return found;
}

std::string
Ports::element_name( const Place place ) const
{
  const Port& port = list_[ port_of( place ) ];
  const size_t element = element_of( place );
  return port.size == 0
    ? port.name
    : port.name + ( port.spikes ? "_" : "[" ) + std::to_string( element ) + ( port.spikes ? "" : "]" );
}

std::vector< std::string >
Ports::receptor_names( const Receptor& receptor ) const
{
  if ( receptor.positive == receptor.negative )
  {
    return { receptor.name };
  }
  return {
    receptor.name, upper_case( element_name( receptor.positive ) ), upper_case( element_name( receptor.negative ) )
  };
}

Receptor
Ports::make_receptor( const long number, const Place positive, const Place negative ) const
{
  const std::string second = positive == negative ? "" : "_" + element_name( negative );
  return { number, upper_case( element_name( positive ) + second ), positive, negative };
}

/* Excitatory elements are paired with inhibitory ones in their order; every other one stands alone. Receptors are
 * numbered as they are declared, from 1 where there are several of them or vectors. */
Layout
Ports::layout( const std::vector< size_t >& sizes ) const
{
  Layout made;
  std::vector< Place > spikes;
  std::vector< Place > signed_[ 2 ]; // inhibitory, excitatory
  bool any_vector = false;
  for ( size_t p = 0; p < list_.size(); ++p )
  {
    any_vector = any_vector or ( list_[ p ].spikes and list_[ p ].size > 0 );
    for ( size_t element = 0; element < sizes[ p ]; ++element )
    {
      const Place place = place_of( p, element );
      if ( not list_[ p ].spikes )
      {
        made.continuous.push_back( { element_name( place ), place } );
        continue;
      }
      spikes.push_back( place );
      if ( list_[ p ].sign != 0 )
      {
        signed_[ list_[ p ].sign > 0 ].push_back( place );
      }
    }
  }
  const size_t pairs = std::min( signed_[ 0 ].size(), signed_[ 1 ].size() );
  const size_t groups = spikes.size() - pairs;
  long number = groups > 1 or any_vector ? 1 : 0;
  size_t seen[ 2 ] = { 0, 0 };
  for ( const Place place : spikes )
  {
    const int sign = list_[ port_of( place ) ].sign;
    const bool is_paired = sign != 0 and seen[ sign > 0 ]++ < pairs;
    if ( not is_paired )
    {
      made.receptors.push_back( make_receptor( number++, place, place ) );
    }
    else if ( sign > 0 )
    {
      made.receptors.push_back( make_receptor( number++, place, signed_[ 0 ][ seen[ 1 ] - 1 ] ) );
    }
  }
  return made;
}

} // namespace nestml_jit
