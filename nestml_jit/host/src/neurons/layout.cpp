#include "neurons/layout.h"

#include <algorithm>

namespace nestml_jit
{

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

} // namespace nestml_jit
