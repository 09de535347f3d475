#include "past/history_entries.h"

#include <algorithm>
#include <cstring>

#include "values/aligned.h"

namespace nestml_jit
{

HistoryEntries::~HistoryEntries()
{
  std::for_each( lanes_.begin(), lanes_.end(), release );
}

NjSlot*
HistoryEntries::allocate( const size_t entries, const size_t stride )
{
  return static_cast< NjSlot* >( aligned( entries * stride * sizeof( NjSlot ) ) );
}

void
HistoryEntries::release( const NjHistory& past )
{
  FreeAligned()( past.entry );
}

size_t
HistoryEntries::bytes() const
{
  size_t sum = 0;
  for ( const NjHistory& past : lanes_ )
  {
    sum += past.capacity * stride_ * sizeof( NjSlot );
  }
  return sum;
}

NjSlot*
HistoryEntries::add_lane( const int64_t step )
{
  constexpr uint32_t first_capacity = 4;
  lanes_.push_back( { allocate( first_capacity, stride_ ), 0, first_capacity } );
  return add( lanes_.size() - 1, step << 1 );
}

void
HistoryEntries::reserve( const size_t lane, const uint32_t capacity )
{
  NjHistory& past = lanes_[ lane ];
  NjSlot* const entries = allocate( capacity, stride_ );
  std::memcpy( entries, past.entry, past.size * stride_ * sizeof( NjSlot ) );
  release( past );
  past.entry = entries;
  past.capacity = capacity;
}

void
HistoryEntries::drop( const size_t lane, const size_t entries )
{
  NjHistory& past = lanes_[ lane ];
  past.size -= static_cast< uint32_t >( entries );
  std::memmove( past.entry, past.entry + entries * stride_, past.size * stride_ * sizeof( NjSlot ) );
}

void
HistoryEntries::assign( const size_t lane, const std::vector< NjSlot >& slots )
{
  const auto size = static_cast< uint32_t >( slots.size() / stride_ );
  cut( lane, 0 );
  reserve( lane, std::max( lanes_[ lane ].capacity, size + 1 ) );
  std::copy( slots.begin(), slots.end(), lanes_[ lane ].entry );
  cut( lane, size );
}

} // namespace nestml_jit
