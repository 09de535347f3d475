/* The store as a kernel sees it. */
#ifndef NESTML_JIT_KERNEL_TILES_H
#define NESTML_JIT_KERNEL_TILES_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "nestml_jit_abi.h"
#include "neurons/binding.h"
#include "neurons/store.h"
#include "neurons/tile_internals.h"
#include "slice/saved_values.h"

namespace nestml_jit
{

class Calibration;
class NeuronType;

/* For each tile a table of pointers, one per column of the attached kernel, in the kernel's order:
 *
 *     column of the kernel      points to
 *     state                     the tile's own NJ_TILE values in the store
 *     parameter                 the same, or NJ_TILE copies of the value that all of the tile's lanes share
 *     internal                  what the kernel's `calibrate` has computed from the parameters
 *
 * The store knows nothing of kernels: attaching another one, or setting a value, moves nothing but these pointers. */
class KernelTiles
{
public:
  KernelTiles( const NeuronType& type, Store& store );

  /* Fit all tiles to the kernel that is attached, and compute internals that are missing or stale, for steps of `h` ms.
   * After an exception nothing counts as fitted. */
  void fit( double h, const Calibration& calibration );

  /* Whether tiles have the layout of the kernel that is attached. */
  bool are_fitted() const;

  /* Whether values of any tile were set since it was fitted. */
  bool are_stale() const;

  size_t
  size() const
  {
    return store_.tiles();
  }

  const Binding&
  binding() const
  {
    return *bound_;
  }

  const NjKernel&
  kernel() const
  {
    return *bound_->kernel;
  }

  NjTile
  view( const size_t t ) const
  {
    return NjTile { pointers_.data() + t * width_,
      static_cast< uint32_t >( t * NJ_TILE ),
      static_cast< uint32_t >( store_.lanes_of_tile( t ) ) };
  }

  /* Advance a tile over steps of the slice. */
  void
  advance( const NjBlock& nj, const size_t t, const uint32_t from, const uint32_t to ) const
  {
    const NjTile tile = view( t );
    bound_->kernel->update( &nj, &tile, from, to );
  }

  /* The value of a column of the kernel. */
  double
  value( const size_t column, const size_t lane ) const
  {
    return pointers_[ lane / NJ_TILE * width_ + column ][ lane % NJ_TILE ];
  }

  /* Follow the store, which has other memory for columns of a tile, or of all. */
  void repoint( size_t t );
  void repoint();

  /* Save the states of a tile, of all lanes or of some. */
  void save_states( size_t t, SavedValues& saved ) const;
  void save_states( size_t t, const std::vector< uint32_t >& lanes, SavedValues& saved ) const;

private:
  void share_parameters( size_t t );
  void point_to_store( const Binding& binding, size_t t );
  void point_to_internals( const Binding& binding, size_t t, double* const* internals );
  void fit_internals( const Binding& binding, size_t t, bool afresh, const Calibration& calibration );
  bool has_equal_lanes( const Binding& binding, size_t t ) const;
  bool has_own_states( size_t column, size_t t ) const;

  const NeuronType& type_;
  Store& store_;
  std::shared_ptr< const Binding > bound_; /* what tiles are fitted to, null if to none */
  double h_ = 0.0;
  size_t width_ = 0;                /* pointers per tile */
  std::vector< double* > pointers_; /* [tile][column of the kernel] */
  TileInternals internals_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_KERNEL_TILES_H */
