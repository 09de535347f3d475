/* How entries of a history follow from each other. */
#ifndef NESTML_JIT_FOLLOWER_H
#define NESTML_JIT_FOLLOWER_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "nestml_jit_abi.h"

namespace nestml_jit
{

/* How the entry of a spike follows from the one in front of it. */
struct Follower
{
  size_t stride = 0; /* slots of an entry */
  double h = 0.0;
  /* the kernel's; null if an entry is a key alone */
  void ( *follow )( const NjTile*, uint32_t, double, NjSlot*, int64_t ) = nullptr;
  size_t columns = 0;                                             /* of the kernel's tiles */
  std::vector< size_t > parameters;                               /* those that `follow` reads */
  std::function< double( size_t lane, size_t parameter ) > value; /* that one of them has now */

  std::vector< double >
  values( const size_t lane ) const
  {
    std::vector< double > found;
    for ( size_t p = 0; p < parameters.size(); ++p )
    {
      found.push_back( value( lane, p ) );
    }
    return found;
  }

  /* A tile that has nothing but the parameters of one lane. */
  struct Parameters
  {
    std::vector< double > values;
    std::vector< double* > columns;
    NjTile tile;
  };

  Parameters
  parameters_of( const std::vector< double >& values ) const
  {
    Parameters made { values, std::vector< double* >( columns, nullptr ), {} };
    for ( size_t p = 0; p < parameters.size(); ++p )
    {
      made.columns[ parameters[ p ] ] = &made.values[ p ];
    }
    made.tile = { made.columns.data(), 0, 1 };
    return made;
  }

  /* Write the entry of a spike behind the one in front of it. */
  void
  write( NjSlot* const next, const int64_t step, const Parameters& of_lane ) const
  {
    next->key = 2 * step + 1;
    if ( follow and stride > 1 )
    {
      follow( &of_lane.tile, 0, h, next, step );
    }
  }
};

} // namespace nestml_jit

#endif /* NESTML_JIT_FOLLOWER_H */
