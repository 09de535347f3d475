/* Whole pasts of some lanes, for connections that are further behind than what histories have at hand. */
#ifndef NESTML_JIT_RECOLLECTION_H
#define NESTML_JIT_RECOLLECTION_H

#include <vector>

#include "nestml_jit_abi.h"
#include "past/history.h"

namespace nestml_jit
{

class Recollection
{
public:
  /* Let `block()` be like a block, but with the whole past of the lanes of some connections, from one entry before
   * step `needed` on. Returns of how many of the connections, since pasts may be long; of one at least. */
  size_t
  recall( const NjBlock& block, const History& history, const uint32_t* const lane, const size_t size, int64_t needed )
  {
    block_ = block;
    pasts_.resize( history.lanes() );
    filled_.resize( history.lanes(), 0 );
    ++round_;
    size_t slots = 0, used = 0, i = 0;
    for ( ; i < size and slots < most_slots_; ++i )
    {
      if ( filled_[ lane[ i ] ] == round_ )
      {
        continue;
      }
      filled_[ lane[ i ] ] = round_;
      pasts_[ lane[ i ] ] = history.entries()[ lane[ i ] ];
      if ( not history.reaches( lane[ i ], needed ) )
      {
        entries_.resize( std::max( entries_.size(), used + 1 ) );
        history.restore( lane[ i ], needed, entries_[ used ] );
        slots += entries_[ used ].size();
        const auto count = static_cast< uint32_t >( entries_[ used ].size() / history.entries().stride() );
        pasts_[ lane[ i ] ] = { entries_[ used++ ].data(), count, count };
      }
    }
    block_.history = pasts_.data();
    return i;
  }

  NjBlock&
  block()
  {
    return block_;
  }

private:
  static constexpr size_t most_slots_ = size_t( 1 ) << 17; /* 1 MiB, which stays in a cache */
  NjBlock block_ {};
  std::vector< NjHistory > pasts_;               /* [lane] of the lanes of this round */
  std::vector< uint64_t > filled_;               /* [lane] the round in which it was filled */
  std::vector< std::vector< NjSlot > > entries_; /* of those lanes that had not all at hand */
  uint64_t round_ = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_RECOLLECTION_H */
