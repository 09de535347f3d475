/* Which lanes of a block multimeters look at. */
#ifndef NESTML_JIT_RECORDED_LANES_H
#define NESTML_JIT_RECORDED_LANES_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "nestml_jit_abi.h"

namespace nestml_jit
{

/* Lanes with a data logger, tile by tile. Only their tiles stop after each step. */
class RecordedLanes
{
public:
  void
  add( const size_t lane )
  {
    const size_t tile = lane / NJ_TILE;
    lanes_.resize( std::max( lanes_.size(), tile + 1 ) );
    auto& lanes = lanes_[ tile ];
    const auto place = std::lower_bound( lanes.begin(), lanes.end(), lane );
    if ( place == lanes.end() or *place != lane )
    {
      lanes.insert( place, static_cast< uint32_t >( lane ) );
    }
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

  /* The step after which loggers read values, at this moment. */
  int64_t
  step() const
  {
    return step_;
  }

  void
  reach( const int64_t step )
  {
    step_ = step;
  }

private:
  std::vector< std::vector< uint32_t > > lanes_; /* [tile] rising */
  int64_t step_ = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_RECORDED_LANES_H */
