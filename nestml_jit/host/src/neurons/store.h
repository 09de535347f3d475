/* The parameter store: columns of a block of neurons, in tiles, independent of any kernel. */
#ifndef NESTML_JIT_STORE_H
#define NESTML_JIT_STORE_H

#include <algorithm>
#include <vector>

#include "nestml_jit_abi.h"
#include "neurons/tile_column.h"
#include "neurons/tile_memory.h"

namespace nestml_jit
{

/* All columns of a block: one per variable of the model, in tiles of NJ_TILE lanes.
 *
 *     column     tile 0                      tile 1
 *     V_m        its own: -70 -69.2 ...      its own: -65.1 -70 ...     a state: kernels write it
 *     tau_m      shared: 10 10 10 ...        shared, the same memory    a parameter that all neurons have in common
 *     I_e        shared: 300 300 300 ...     its own: 300 310 320 ...   one that was set for some neurons
 *
 * A kernel sees a pointer to NJ_TILE values in each case, so that it has one loop for all. Shared values cost no memory
 * per neuron, stay in the cache, and tell that all lanes of a tile have the same propagators. */
class Store
{
public:
  /* Add a column; existing tiles get `value`. */
  void
  add_column( const double value, const bool own )
  {
    columns_.emplace_back( memory_ );
    own_.push_back( own );
    for ( size_t t = 0; t < tiles(); ++t )
    {
      columns_.back().add_tile( value, own );
    }
  }

  /* Add a column with the values of another one. */
  void
  add_copy( const size_t other, const bool own )
  {
    add_column( 0.0, own );
    for ( size_t lane = 0; lane < lanes_; ++lane )
    {
      set( columns() - 1, lane, get( other, lane ) );
    }
  }

  /* Add a lane with these values, one per column; returns its number. */
  size_t
  add_lane( const double* row )
  {
    const size_t lane = lanes_++;
    if ( lane % NJ_TILE == 0 )
    {
      for ( size_t c = 0; c < columns_.size(); ++c )
      {
        columns_[ c ].add_tile( row[ c ], false );
      }
      dirty_.push_back( true );
    }
    else
    {
      for ( size_t c = 0; c < columns_.size(); ++c )
      {
        columns_[ c ].set( lane, row[ c ] );
      }
      dirty_[ lane / NJ_TILE ] = true;
    }
    return lane;
  }

  /* Give a tile values of its own in all columns that a kernel writes. Until a simulation begins they may be
   * shared, which saves memory while a network is built. */
  void
  make_own( const size_t t )
  {
    for ( size_t c = 0; c < columns_.size(); ++c )
    {
      if ( own_[ c ] )
      {
        columns_[ c ].make_own( t );
      }
    }
  }

  void
  set( const size_t column, const size_t lane, const double value )
  {
    if ( columns_[ column ].set( lane, value ) )
    {
      dirty_[ lane / NJ_TILE ] = true;
    }
  }

  double
  get( const size_t column, const size_t lane ) const
  {
    return columns_[ column ].get( lane );
  }

  /* The values of a lane, one per column. */
  std::vector< double >
  row( const size_t lane ) const
  {
    std::vector< double > values;
    values.reserve( columns() );
    for ( const TileColumn& column : columns_ )
    {
      values.push_back( column.get( lane ) );
    }
    return values;
  }

  TileColumn&
  column( const size_t c )
  {
    return columns_[ c ];
  }

  const TileColumn&
  column( const size_t c ) const
  {
    return columns_[ c ];
  }

  size_t
  columns() const
  {
    return columns_.size();
  }

  size_t
  lanes() const
  {
    return lanes_;
  }

  size_t
  tiles() const
  {
    return dirty_.size();
  }

  size_t
  lanes_of_tile( const size_t t ) const
  {
    return std::min< size_t >( NJ_TILE, lanes_ - t * NJ_TILE );
  }

  /* Whether a tile's values were set since the last `clean`. */
  bool
  is_dirty( const size_t t ) const
  {
    return dirty_[ t ];
  }

  void
  clean( const size_t t )
  {
    dirty_[ t ] = false;
  }

  TileMemory&
  memory()
  {
    return memory_;
  }

private:
  TileMemory memory_;
  std::vector< TileColumn > columns_;
  std::vector< bool > own_;
  std::vector< bool > dirty_;
  size_t lanes_ = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_STORE_H */
