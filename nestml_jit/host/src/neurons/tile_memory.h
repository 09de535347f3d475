/* Memory of a block's tiles. */
#ifndef NESTML_JIT_TILE_MEMORY_H
#define NESTML_JIT_TILE_MEMORY_H

#include <memory>
#include <new>
#include <vector>

#include "nestml_jit_abi.h"

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
      chunks_.emplace_back( static_cast< double* >(
        ::operator new( per_chunk_ * NJ_TILE * sizeof( double ), std::align_val_t( alignment_ ) ) ) );
      used_ = 0;
    }
    return chunks_.back().get() + NJ_TILE * used_++;
  }

private:
  struct Release
  {
    void
    operator()( double* chunk ) const
    {
      ::operator delete( chunk, std::align_val_t( alignment_ ) );
    }
  };

  static constexpr size_t alignment_ = 64;
  static constexpr size_t per_chunk_ = 16;
  std::vector< std::unique_ptr< double, Release > > chunks_;
  size_t used_ = per_chunk_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_TILE_MEMORY_H */
