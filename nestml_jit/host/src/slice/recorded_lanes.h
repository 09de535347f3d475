/* Which lanes of a block multimeters look at. */
#ifndef NESTML_JIT_RECORDED_LANES_H
#define NESTML_JIT_RECORDED_LANES_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "nest/data_logging.h"

namespace nestml_jit
{

class Shell;

/* Lanes with a data logger, tile by tile. Only their tiles stop after each step. */
class RecordedLanes
{
public:
  struct Recorded
  {
    uint32_t lane;
    std::unique_ptr< DataLogging > logging;
  };

  /* The logger of a neuron, from now on at least. */
  DataLogging& add( Shell& node );

  /* The logger of a lane, null if it has none. */
  DataLogging* find( size_t lane ) const;

  bool
  are_in( const size_t tile ) const
  {
    return tile < lanes_.size() and not lanes_[ tile ].empty();
  }

  /* Those of a tile, by lane. */
  const std::vector< Recorded >&
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
  std::vector< std::vector< Recorded > > lanes_; /* [tile] */
  int64_t step_ = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_RECORDED_LANES_H */
