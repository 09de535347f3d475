/* The entries of histories that kernels read and write. */
#ifndef NESTML_JIT_HISTORY_ENTRIES_H
#define NESTML_JIT_HISTORY_ENTRIES_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nestml_jit_abi.h"

namespace nestml_jit
{

/* A growing array of entries per lane, `stride` slots each, see NjHistory. A lane is never without an entry. */
class HistoryEntries
{
public:
  HistoryEntries() = default;
  HistoryEntries( const HistoryEntries& ) = delete;
  HistoryEntries& operator=( const HistoryEntries& ) = delete;
  ~HistoryEntries();

  NjHistory*
  data()
  {
    return lanes_.data();
  }

  size_t
  lanes() const
  {
    return lanes_.size();
  }

  size_t
  stride() const
  {
    return stride_;
  }

  const NjHistory&
  operator[]( const size_t lane ) const
  {
    return lanes_[ lane ];
  }

  /* Entry number n of a lane. */
  NjSlot*
  entry( const size_t lane, const size_t n ) const
  {
    return lanes_[ lane ].entry + n * stride_;
  }

  int64_t
  step( const size_t lane, const size_t n ) const
  {
    return entry( lane, n )->key >> 1;
  }

  bool
  is_spike( const size_t lane, const size_t n ) const
  {
    return entry( lane, n )->key & 1;
  }

  bool
  is_full( const size_t lane ) const
  {
    return lanes_[ lane ].size == lanes_[ lane ].capacity;
  }

  size_t bytes() const;

  /* Let entries of lanes to come have so many slots. */
  void
  set_stride( const size_t stride )
  {
    stride_ = stride;
  }

  /* Add a lane with one entry at a step that is no spike, whose values are to be filled in. */
  NjSlot* add_lane( int64_t step );

  /* Add an entry to a lane that is not full, and return it. */
  NjSlot*
  add( const size_t lane, const int64_t key )
  {
    NjSlot* const added = entry( lane, lanes_[ lane ].size++ );
    added->key = key;
    return added;
  }

  /* Have room for so many entries. */
  void reserve( size_t lane, uint32_t capacity );

  /* Take the first entries away. */
  void drop( size_t lane, size_t entries );

  /* Keep only the first `entries` entries. */
  void
  cut( const size_t lane, const size_t entries )
  {
    lanes_[ lane ].size = static_cast< uint32_t >( entries );
  }

  /* Replace a lane's entries by those in an array. */
  void assign( size_t lane, const std::vector< NjSlot >& slots );

  /* Give all entries another number of slots. The key stays; `fill( lane, old, fresh )` fills the rest of each. */
  template < typename Fill >
  void
  relayout( const size_t stride, Fill fill )
  {
    for ( size_t lane = 0; lane < lanes_.size(); ++lane )
    {
      NjHistory& past = lanes_[ lane ];
      NjSlot* const fresh = allocate( past.capacity, stride );
      for ( size_t n = 0; n < past.size; ++n )
      {
        fresh[ n * stride ] = past.entry[ n * stride_ ];
        fill( lane, past.entry + n * stride_, fresh + n * stride );
      }
      release( past );
      past.entry = fresh;
    }
    stride_ = stride;
  }

private:
  static NjSlot* allocate( size_t entries, size_t stride );
  static void release( const NjHistory& past );

  size_t stride_ = 0;
  std::vector< NjHistory > lanes_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_HISTORY_ENTRIES_H */
