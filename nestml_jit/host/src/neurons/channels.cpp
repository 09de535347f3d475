#include "neurons/channels.h"

#include <utility>

namespace nestml_jit
{

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
