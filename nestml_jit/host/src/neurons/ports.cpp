#include "neurons/ports.h"

#include <algorithm>
#include <cctype>

#include "values/slots.h"

namespace nestml_jit
{

namespace
{

Place
place_of( const size_t port, const size_t element )
{
  return static_cast< Place >( port << element_bits | element );
}

} // namespace

const Receptor*
Layout::receptor( const size_t number ) const
{
  const size_t first = receptors.empty() ? 0 : static_cast< size_t >( receptors.front().number );
  return number < first or number - first >= receptors.size() ? nullptr : &receptors[ number - first ];
}

bool
Layout::loses( const Layout& other, const bool spikes, const size_t number ) const
{
  if ( not spikes )
  {
    return number >= other.continuous.size() or other.continuous[ number ].place != continuous[ number ].place;
  }
  const Receptor* const mine = receptor( number );
  const Receptor* const theirs = other.receptor( number );
  return mine and not( theirs and theirs->route() == mine->route() );
}

/* The number of the receptor with a route, or -1. */
long
Layout::number( const size_t route ) const
{
  const auto found = std::find_if(
    receptors.begin(), receptors.end(), [ route ]( const Receptor& receptor ) { return receptor.route() == route; } );
  return found == receptors.end() ? -1 : found->number;
}

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
      found[ p ] = static_cast< size_t >( std::max< int64_t >( 0, integer_in( row[ list_[ p ].size_variable ] ) ) );
    }
  }
  return found;
}

std::string
Ports::element_name( const Place place ) const
{
  const Port& port = list_[ place >> element_bits ];
  const size_t element = place & ( ( 1u << element_bits ) - 1 );
  return port.size == 0
    ? port.name
    : port.name + ( port.spikes ? "_" : "[" ) + std::to_string( element ) + ( port.spikes ? "" : "]" );
}

Receptor
Ports::make_receptor( const long number, const Place positive, const Place negative ) const
{
  std::string name = element_name( positive );
  name += positive == negative ? "" : "_" + element_name( negative );
  std::transform( name.begin(), name.end(), name.begin(), []( unsigned char c ) { return std::toupper( c ); } );
  return { number, name, positive, negative };
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
    const int sign = list_[ place >> element_bits ].sign;
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

Channels::Channels( const Ports& ports, std::vector< size_t > sizes )
  : sizes_( std::move( sizes ) )
  , first_( sizes_.size() )
  , first_count_( sizes_.size(), -1 )
{
  for ( const bool spikes : { true, false } )
  {
    for ( size_t p = 0; p < sizes_.size(); ++p )
    {
      if ( ports.list()[ p ].spikes == spikes )
      {
        first_[ p ] = static_cast< uint32_t >( size_ );
        size_ += sizes_[ p ];
      }
    }
  }
  for ( size_t p = 0; p < sizes_.size(); ++p )
  {
    if ( ports.list()[ p ].counted )
    {
      first_count_[ p ] = static_cast< int32_t >( size_ );
      size_ += sizes_[ p ];
    }
  }
}

/* For each row here, the row in the ring of the same ports with at least as many elements. */
std::vector< uint32_t >
Channels::rows_in( const Channels& other ) const
{
  std::vector< uint32_t > found( size_ );
  for ( size_t p = 0; p < sizes_.size(); ++p )
  {
    for ( size_t element = 0; element < sizes_[ p ]; ++element )
    {
      const Place place = place_of( p, element );
      found[ of( place ) ] = other.of( place );
      if ( count_of( place ) >= 0 )
      {
        found[ count_of( place ) ] = static_cast< uint32_t >( other.count_of( place ) );
      }
    }
  }
  return found;
}

} // namespace nestml_jit
