/* A variable of all neurons of a block. */
#ifndef NESTML_JIT_TILE_COLUMN_H
#define NESTML_JIT_TILE_COLUMN_H

#include <algorithm>
#include <cstring>
#include <memory>
#include <unordered_map>
#include <vector>

#include "nestml_jit_abi.h"
#include "neurons/tile_memory.h"
#include "values/aligned.h"
#include "values/slots.h"

namespace nestml_jit
{

/* Memory of consecutive tiles that stays where it is as long as NumPy looks at it. */
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
      double* const values = static_cast< double* >( aligned( more * NJ_TILE * sizeof( double ) ) );
      stretches_.push_back( { pinned_, more, std::shared_ptr< double >( values, FreeAligned() ) } );
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

} // namespace nestml_jit

#endif /* NESTML_JIT_TILE_COLUMN_H */
