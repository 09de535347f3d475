/* Which lanes of a block multimeters look at. */
#ifndef NESTML_JIT_RECORDED_LANES_H
#define NESTML_JIT_RECORDED_LANES_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "nest/data_logging.h"
#include "slice/tile_sampler.h"

namespace nestml_jit
{

class Shell;

/* Lanes with multimeters, tile by tile. Only their tiles stop, after steps at which samples are due. */
class RecordedLanes
{
public:
  struct Recorded
  {
    uint32_t lane;
    std::vector< DataLogging > loggers; /* one per multimeter, in the order of connections */
  };

  /* Add a logger to a neuron; returns its number, from 1 on. */
  size_t add( Shell& node, const LoggingRequest& request );

  /* The loggers of a lane, null if it has none. */
  std::vector< DataLogging >* find( size_t lane );

  /* The logger of a lane for a multimeter, null if it has none. */
  DataLogging* find( size_t lane, uint64_t device );

  bool
  are_in( const size_t tile ) const
  {
    return tile < tiles_.size() and ( not tiles_[ tile ].rhythms.empty() or not tiles_[ tile ].samplers.empty() );
  }

  /* Let the block sample by itself: a sampler for a tile. */
  void add_sampler( size_t tile, TileSampler sampler );

  /* Let it do so no longer. */
  void clear_samplers();

  /* Find out when NEST's loggers want to record, after some were left to the block. */
  void find_rhythms();

  /* The first step after one at which samples of a tile are due, INT64_MAX if there is none. */
  int64_t next( size_t tile, int64_t step ) const;

  const std::vector< TileSampler >&
  samplers( const size_t tile ) const
  {
    return tiles_[ tile ].samplers;
  }

  /* Lanes of a tile for which loggers of NEST's want to record. */
  std::vector< Recorded >&
  of( const size_t tile )
  {
    return tiles_[ tile ].rhythms.empty() ? none_ : tiles_[ tile ].lanes;
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
  /* Steps at which a logger records. */
  struct Rhythm
  {
    int64_t interval;
    int64_t offset;

    bool operator==( const Rhythm& ) const = default;
    int64_t next( int64_t step ) const;
  };

  struct Tile
  {
    std::vector< Recorded > lanes; /* by lane */
    std::vector< Rhythm > rhythms;
    std::vector< TileSampler > samplers;
  };

  static void note( Tile& tile, const DataLogging& logging );

  std::vector< Tile > tiles_;
  std::vector< Recorded > none_;
  std::shared_ptr< const LoggingRequest > last_; /* that was added */
  int64_t step_ = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_RECORDED_LANES_H */
