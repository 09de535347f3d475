/* The parameter store: columns of a block of neurons, in tiles, independent of any kernel. */
#ifndef NESTML_JIT_STORE_H
#define NESTML_JIT_STORE_H

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <unordered_map>
#include <vector>

#include "nestml_jit_abi.h"

#include "values/slots.h"

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

/* Memory of consecutive tiles that stays where it is as long as somebody looks at it. */
struct Stretch
{
  size_t first_tile;
  size_t tiles;
  std::shared_ptr< double > memory;
};

/* One value per tile and lane, or one value that tiles share.
 *
 * A tile is shared until a lane gets another value. Shared values live in broadcast buffers, one per
 * distinct value, so that equal tiles have equal pointers. */
class TileColumn
{
public:
  explicit TileColumn( TileMemory& memory )
    : memory_( &memory )
  {
  }

  size_t
  tiles() const
  {
    return tile_.size();
  }

  /* Add a tile in which all lanes have `value`. */
  void
  add_tile( const double value, const bool own )
  {
    tile_.push_back( own ? filled( value ) : broadcast( value ) );
    own_.push_back( own );
  }

  bool
  is_shared( const size_t tile ) const
  {
    return not own_[ tile ];
  }

  double*
  data( const size_t tile ) const
  {
    return tile_[ tile ];
  }

  double
  get( const size_t lane ) const
  {
    return tile_[ lane / NJ_TILE ][ lane % NJ_TILE ];
  }

  /* Set one lane; the tile gets its own values if it needs them. True if anything changed. */
  bool
  set( const size_t lane, const double value )
  {
    const size_t t = lane / NJ_TILE;
    if ( std::memcmp( &tile_[ t ][ lane % NJ_TILE ], &value, sizeof( value ) ) == 0 )
    {
      return false;
    }
    make_own( t );
    tile_[ t ][ lane % NJ_TILE ] = value;
    return true;
  }

  void
  make_own( const size_t tile )
  {
    if ( own_[ tile ] )
    {
      return;
    }
    double* const values = memory_->take();
    std::copy_n( tile_[ tile ], NJ_TILE, values );
    tile_[ tile ] = values;
    own_[ tile ] = true;
  }

  /* Put all tiles into memory that stays where it is, those that are not there yet into a stretch of their own. */
  const std::vector< Stretch >&
  pin()
  {
    const size_t more = tile_.size() - pinned_;
    if ( more > 0 )
    {
      double* const values =
        static_cast< double* >( ::operator new( more * NJ_TILE * sizeof( double ), std::align_val_t( 64 ) ) );
      stretches_.push_back( { pinned_,
        more,
        std::shared_ptr< double >( values, []( double* p ) { ::operator delete( p, std::align_val_t( 64 ) ); } ) } );
      for ( size_t t = pinned_; t < tile_.size(); ++t )
      {
        double* const place = values + ( t - pinned_ ) * NJ_TILE;
        std::copy_n( tile_[ t ], NJ_TILE, place );
        if ( own_[ t ] )
        {
          free_.push_back( tile_[ t ] );
        }
        tile_[ t ] = place;
        own_[ t ] = true;
      }
      pinned_ = tile_.size();
    }
    return stretches_;
  }

  /* Share a tile again whose first `lanes` lanes are all equal. */
  void
  try_share( const size_t tile, const size_t lanes )
  {
    if ( not own_[ tile ] or tile < pinned_ )
    {
      return;
    }
    const double* const values = tile_[ tile ];
    if ( std::all_of( values + 1, values + lanes, [ values ]( double v ) { return is_same( v, values[ 0 ] ); } ) )
    {
      free_.push_back( tile_[ tile ] );
      tile_[ tile ] = broadcast( values[ 0 ] );
      own_[ tile ] = false;
    }
  }

  /* Whether all lanes of all tiles have one value, which is then returned in `value`. */
  bool
  is_uniform( const size_t lanes, double& value ) const
  {
    if ( tile_.empty() )
    {
      return true;
    }
    value = tile_[ 0 ][ 0 ];
    for ( size_t t = 0; t < tile_.size(); ++t )
    {
      const size_t used = std::min< size_t >( NJ_TILE, lanes - t * NJ_TILE );
      const size_t looked = own_[ t ] ? used : 1;
      if ( not std::all_of( tile_[ t ], tile_[ t ] + looked, [ & ]( double v ) { return is_same( v, value ); } ) )
      {
        return false;
      }
    }
    return true;
  }

private:
  double*
  filled( const double value )
  {
    double* values;
    if ( free_.empty() )
    {
      values = memory_->take();
    }
    else
    {
      values = free_.back();
      free_.pop_back();
    }
    std::fill_n( values, NJ_TILE, value );
    return values;
  }

  double*
  broadcast( const double value )
  {
    uint64_t bits;
    std::memcpy( &bits, &value, sizeof( bits ) );
    double*& buffer = broadcast_[ bits ];
    if ( not buffer )
    {
      buffer = filled( value );
    }
    return buffer;
  }

  TileMemory* memory_;
  std::vector< double* > tile_;
  std::vector< bool > own_;
  std::vector< double* > free_;
  std::vector< Stretch > stretches_;
  size_t pinned_ = 0;                                 /* tiles before this one are in stretches */
  std::unordered_map< uint64_t, double* > broadcast_; /* bit pattern -> buffer */
};

/* All columns of a block. */
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

  TileColumn&
  column( const size_t c )
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
