/* Copies of the newest entries of neurons' histories, as batches of connections read them. */
#ifndef NESTML_JIT_RECENT_ENTRIES_H
#define NESTML_JIT_RECENT_ENTRIES_H

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "nestml_jit_abi.h"
#include "values/aligned.h"

namespace nestml_jit
{

/* What NjBlock::recent says. Kernels add the spikes that come. */
class RecentEntries
{
public:
  /* Choose how many values of an entry only kernels know, and the positions of those that lie at hand. */
  void
  arrange( const size_t hidden, std::vector< uint32_t > at_hand )
  {
    hidden_ = hidden;
    at_hand_ = std::move( at_hand );
  }

  unsigned char*
  data()
  {
    return memory_.get();
  }

  void
  make_room( const size_t lanes )
  {
    memory_.reset( static_cast< unsigned char* >( aligned( lanes * NJ_RECENT_BYTES( at_hand_.size() ) ) ) );
  }

  /* Copy the newest entries of a lane, `stride` slots each. */
  void
  copy( const size_t lane, const NjHistory& past, const size_t stride )
  {
    const size_t width = 1 + at_hand_.size();
    auto* const place = reinterpret_cast< double* >( memory_.get() + lane * NJ_RECENT_BYTES( at_hand_.size() ) );
    std::fill_n( place, NJ_RECENT * width, 0.0 );
    size_t n = 0;
    for ( const NjSlot* entry = past.entry + past.size * stride; n < NJ_RECENT and entry > past.entry; )
    {
      entry -= stride;
      if ( entry == past.entry and is_empty( entry, stride ) )
      {
        break;
      }
      for ( size_t times = is_whole( entry, stride ) ? 1 : 2; times > 0 and n < NJ_RECENT; --times )
      {
        copy( entry, place + width * n++ );
      }
    }
    for ( ; n < NJ_RECENT; ++n )
    {
      place[ width * n ] = NJ_NO_KEY;
    }
  }

private:
  /* Whether an entry is a spike with all that belongs to it. */
  bool
  is_whole( const NjSlot* const entry, const size_t stride ) const
  {
    return entry[ 0 ].key & 1
      and std::none_of(
        entry + stride - hidden_, entry + stride, []( const NjSlot& slot ) { return std::isnan( slot.value ); } );
  }

  /* Whether it makes no difference if an entry that is the first one exists. */
  bool
  is_empty( const NjSlot* const entry, const size_t stride ) const
  {
    return not( entry[ 0 ].key & 1 )
      and std::all_of( entry + 1, entry + stride - hidden_, []( const NjSlot& slot ) { return slot.key == 0; } );
  }

  void
  copy( const NjSlot* const entry, double* const place ) const
  {
    place[ 0 ] = static_cast< double >( entry[ 0 ].key | 1 );
    for ( size_t s = 0; s < at_hand_.size(); ++s )
    {
      place[ 1 + s ] = entry[ at_hand_[ s ] ].value;
    }
  }

  size_t hidden_ = 0;
  std::vector< uint32_t > at_hand_;
  std::unique_ptr< unsigned char, FreeAligned > memory_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_RECENT_ENTRIES_H */
