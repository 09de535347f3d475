/* Memory of a block's tiles. */
#ifndef NESTML_JIT_TILE_MEMORY_H
#define NESTML_JIT_TILE_MEMORY_H

#include <cstddef>
#include <memory>
#include <vector>

#include "nestml_jit_abi.h"
#include "values/aligned.h"

namespace nestml_jit
{

/* Memory for tiles: 64-byte aligned stretches of NJ_TILE doubles, given back all at once. */
class TileMemory
{
public:
  double*
  take()
  {
    if ( used_ == per_chunk_ )
    {
      chunks_.emplace_back( static_cast< double* >( aligned( per_chunk_ * NJ_TILE * sizeof( double ) ) ) );
      used_ = 0;
    }
    return chunks_.back().get() + NJ_TILE * used_++;
  }

private:
  static constexpr size_t per_chunk_ = 16;
  std::vector< std::unique_ptr< double, FreeAligned > > chunks_;
  size_t used_ = per_chunk_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_TILE_MEMORY_H */
