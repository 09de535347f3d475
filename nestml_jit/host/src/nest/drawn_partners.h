/* Partners of neurons that are drawn one by one, as NEST draws them. */
#ifndef NESTML_JIT_DRAWN_PARTNERS_H
#define NESTML_JIT_DRAWN_PARTNERS_H

#include <cstddef>
#include <vector>

#include "random_generators.h"

#include "nest/node_ids.h"

namespace nestml_jit
{

/* Partners of a neuron that were drawn already. */
class Drawn
{
public:
  explicit Drawn( const size_t size )
    : owner_( size, 0 )
  {
  }

  /* Begin anew with another neuron. */
  void
  clear()
  {
    ++present_;
  }

  bool
  contains( const size_t partner ) const
  {
    return owner_[ partner ] == present_;
  }

  void
  add( const size_t partner )
  {
    owner_[ partner ] = present_;
  }

private:
  std::vector< size_t > owner_; /* [partner] number of the neuron that it was drawn for last */
  size_t present_ = 0;
};

/* Draw a partner of a node, again if it is the node itself or was drawn before and may not be. */
template < typename IsForbidden >
size_t
draw_partner( nest::RngPtr rng, const NodeIds& partners, Drawn* const drawn, const IsForbidden& is_forbidden )
{
  size_t partner = 0;
  do
  {
    partner = rng->ulrand( partners.size() );
  } while ( is_forbidden( partners[ partner ] ) or ( drawn and drawn->contains( partner ) ) );
  if ( drawn )
  {
    drawn->add( partner );
  }
  return partner;
}

} // namespace nestml_jit

#endif /* NESTML_JIT_DRAWN_PARTNERS_H */
