#include "past/history.h"

#include <algorithm>

#include "host_state.h"

namespace nestml_jit
{

size_t
History::bytes() const
{
  size_t sum = entries_.bytes();
  for ( const PackedPast& packed : packed_ )
  {
    sum += packed.bytes();
  }
  return sum;
}

void
History::restore( const size_t lane, const int64_t needed, std::vector< NjSlot >& slots ) const
{
  slots.clear();
  packed_[ lane ].restore( needed, follower_, slots );
  const size_t known = slots.empty() ? 0 : 1;
  slots.insert( slots.end(), entries_.entry( lane, known ), entries_.entry( lane, entries_[ lane ].size ) );
}

void
History::grow( const size_t lane, const int64_t needed, const bool remember )
{
  forget( lane, needed, remember );
  if ( entries_[ lane ].size >= host_state().history_limit )
  {
    pack( lane );
  }
  const NjHistory& past = entries_[ lane ];
  if ( 2 * past.size > past.capacity )
  {
    entries_.reserve( lane, 2 * past.capacity );
  }
}

/* Forget all entries but the newest one before step `needed` and what follows. */
void
History::forget( const size_t lane, const int64_t needed, const bool remember )
{
  const NjHistory& past = entries_[ lane ];
  const auto note = [ & ]( const int64_t step )
  {
    if ( remember )
    {
      beginning_[ lane ].remember( step );
    }
  };
  size_t from = 0;
  while ( from + 1 < past.size and entries_.step( lane, from + 1 ) < needed )
  {
    ++from;
  }
  const size_t unpacked = packed_[ lane ].overlap();
  packed_[ lane ].forget( needed, past.size > 1 ? entries_.step( lane, 1 ) : INT64_MAX, note );
  for ( size_t n = unpacked; n < from; ++n )
  {
    if ( entries_.is_spike( lane, n ) )
    {
      note( entries_.step( lane, n ) );
    }
  }
  entries_.drop( lane, from );
}

/* Pack all entries but the newest ones, among which are those that are there twice. */
void
History::pack( const size_t lane )
{
  const size_t size = entries_[ lane ].size;
  const size_t kept = std::max< size_t >( NJ_RECENT, host_state().history_limit / 2 );
  if ( size <= kept )
  {
    return;
  }
  const size_t first = size - kept; // of those that stay at hand
  const std::vector< double > parameters = follower_.values( lane );
  for ( size_t n = packed_[ lane ].overlap(); n <= first; ++n )
  {
    packed_[ lane ].add( entries_.entry( lane, n ), follower_, parameters );
  }
  entries_.drop( lane, first );
  packed_until_ = std::max( packed_until_, entries_.step( lane, 0 ) );
}

/* Have all of a lane's entries at hand. */
void
History::unpack( const size_t lane )
{
  if ( not packed_[ lane ].empty() )
  {
    std::vector< NjSlot > slots;
    restore( lane, INT64_MIN, slots );
    packed_[ lane ].clear();
    entries_.assign( lane, slots );
  }
}

void
History::append( const size_t lane, const int64_t step, const std::vector< double >& values, const bool is_spike )
{
  if ( entries_.is_full( lane ) )
  {
    grow( lane, INT64_MIN );
  }
  NjSlot* const entry = entries_.add( lane, 2 * step + is_spike );
  for ( size_t s = 0; s < values.size(); ++s )
  {
    entry[ 1 + s ].value = values[ s ];
  }
  for ( size_t h = entries_.stride() - hidden_; h < entries_.stride(); ++h )
  {
    entry[ h ].value = std::numeric_limits< double >::quiet_NaN(); // only kernels know it
  }
  recent_.copy( lane, entries_[ lane ], entries_.stride() );
}

void
History::forget_after( const size_t lane, const int64_t step )
{
  if ( entries_.entry( lane, 0 )->key > 2 * step + 1 )
  {
    unpack( lane );
  }
  const size_t before = entries_[ lane ].size;
  size_t size = before;
  while ( size > 1 and entries_.entry( lane, size - 1 )->key > 2 * step + 1 )
  {
    --size;
  }
  if ( size < before )
  {
    entries_.cut( lane, size );
    recent_.copy( lane, entries_[ lane ], entries_.stride() );
  }
}

void
History::restart( const size_t lane, const int64_t step, const std::vector< double >& values )
{
  entries_.cut( lane, 0 );
  packed_[ lane ].clear();
  beginning_[ lane ].move_to( step );
  append( lane, step, values );
}

void
History::take_over( const size_t lane, const Past& past, const int64_t travelling, const std::vector< double >& values )
{
  beginning_[ lane ].move_to( past.begin );
  for ( const int64_t step : past.spikes )
  {
    if ( step < travelling )
    {
      beginning_[ lane ].remember( step );
    }
    else
    {
      append( lane, step, values, true );
    }
  }
}

/* Fill all lanes' copies of their newest entries. */
void
History::copy_recent()
{
  recent_.make_room( lanes() );
  for ( size_t lane = 0; lane < lanes(); ++lane )
  {
    recent_.copy( lane, entries_[ lane ], entries_.stride() );
  }
}

std::vector< int64_t >
spikes_until( const History& history, const size_t lane, const int64_t until )
{
  const HistoryEntries& entries = history.entries();
  const Beginning& beginning = history.beginning( lane );
  std::vector< int64_t > steps;
  const auto append = [ & ]( const int64_t step )
  {
    if ( step > beginning.step() )
    {
      steps.push_back( step );
    }
  };
  beginning.older().append_to( steps );
  history.packed( lane ).for_each_spike( append );
  for ( size_t n = history.packed( lane ).overlap(); n < entries[ lane ].size; ++n )
  {
    if ( entries.is_spike( lane, n ) )
    {
      append( entries.step( lane, n ) );
    }
  }
  while ( not steps.empty() and steps.back() > until )
  {
    steps.pop_back();
  }
  return steps;
}

void
append_spikes_after( const History& history, const size_t lane, const int64_t step, std::vector< int64_t >& steps )
{
  const HistoryEntries& entries = history.entries();
  const PackedPast& packed = history.packed( lane );
  if ( not history.reaches( lane, step ) )
  {
    packed.for_each_spike(
      [ & ]( const int64_t earlier )
      {
        if ( earlier > step )
        {
          steps.push_back( earlier );
        }
      } );
  }
  size_t n = entries[ lane ].size;
  while ( n > packed.overlap() and entries.step( lane, n - 1 ) > step )
  {
    --n;
  }
  for ( ; n < entries[ lane ].size; ++n )
  {
    if ( entries.is_spike( lane, n ) )
    {
      steps.push_back( entries.step( lane, n ) );
    }
  }
}

} // namespace nestml_jit
