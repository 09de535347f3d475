/* Which lanes of a block are idle. */
#ifndef NESTML_JIT_FROZEN_LANES_H
#define NESTML_JIT_FROZEN_LANES_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "neurons/nodes.h"

namespace nestml_jit
{

/* The lanes that a slice must not change, tile by tile: those that are frozen, or that NEST has not prepared yet. They
 * are looked for again after nodes were set or created, since NEST does not say what changed. */
class FrozenLanes
{
public:
  /* Look for them again before the next slice. */
  void
  refresh()
  {
    is_stale_ = true;
  }

  void
  find( const Nodes& nodes )
  {
    if ( not is_stale_ )
    {
      return;
    }
    lanes_.clear();
    for ( size_t lane = 0; lane < nodes.size(); ++lane )
    {
      if ( nodes.is_idle( lane ) )
      {
        lanes_.resize( ( nodes.size() + NJ_TILE - 1 ) / NJ_TILE );
        lanes_[ lane / NJ_TILE ].push_back( static_cast< uint32_t >( lane ) );
      }
    }
    is_stale_ = false;
  }

  bool
  are_in( const size_t tile ) const
  {
    return tile < lanes_.size() and not lanes_[ tile ].empty();
  }

  const std::vector< uint32_t >&
  of( const size_t tile ) const
  {
    return lanes_[ tile ];
  }

private:
  std::vector< std::vector< uint32_t > > lanes_; /* [tile], empty if none is frozen */
  bool is_stale_ = true;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_FROZEN_LANES_H */
