/* Memory for what kernels compute from parameters before a simulation. */
#ifndef NESTML_JIT_TILE_INTERNALS_H
#define NESTML_JIT_TILE_INTERNALS_H

#include <cstddef>
#include <map>
#include <vector>

#include "neurons/tile_memory.h"

namespace nestml_jit
{

/* The internals of all tiles: propagators, numbers of steps and the like, one array of NJ_TILE values for each. Tiles
 * whose parameters are all shared, and equal, share them. */
class TileInternals
{
public:
  /* A tile's arrays, [internal]; `is_new` says that nothing was computed yet. */
  struct Place
  {
    double* const* columns;
    bool is_new;
  };

  explicit TileInternals( TileMemory& memory )
    : memory_( memory )
  {
  }

  /* Have room for a number of internals of so many tiles. With `afresh` all that were computed are void. */
  void
  fit( const size_t internals, const size_t tiles, const bool afresh )
  {
    internals_ = internals;
    if ( afresh )
    {
      shared_.clear();
      own_.clear();
    }
    own_.resize( internals * tiles, nullptr );
  }

  /* The arrays of all tiles with certain parameters, each given by the place of its shared value. */
  Place
  shared( const std::vector< const double* >& parameters )
  {
    std::vector< double* >& columns = shared_[ parameters ];
    const bool is_new = columns.empty();
    columns.resize( internals_ );
    return place( columns.data(), is_new );
  }

  /* A tile's own arrays. */
  Place
  own( const size_t tile )
  {
    double** const columns = own_.data() + tile * internals_;
    return place( columns, columns[ 0 ] == nullptr );
  }

private:
  Place
  place( double** const columns, const bool is_new )
  {
    for ( size_t i = 0; is_new and i < internals_; ++i )
    {
      columns[ i ] = memory_.take();
    }
    return { columns, is_new };
  }

  TileMemory& memory_;
  size_t internals_ = 0;
  std::vector< double* > own_; /* [tile][internal], null until needed */
  std::map< std::vector< const double* >, std::vector< double* > > shared_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_TILE_INTERNALS_H */
