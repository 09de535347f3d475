/* What plastic synapses may still ask of the neurons' past. */
#ifndef NESTML_JIT_HISTORY_H
#define NESTML_JIT_HISTORY_H

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <numeric>
#include <vector>

#include "nestml_jit_abi.h"
#include "older_spikes.h"

namespace nestml_jit
{

/* The histories of all lanes of a block: growing arrays of entries of `stride` slots. */
class History
{
public:
  History() = default;
  History( const History& ) = delete;
  History& operator=( const History& ) = delete;

  ~History()
  {
    release();
  }

  bool
  is_kept() const
  {
    return stride_ > 0;
  }

  size_t
  states() const
  {
    return stride_ - 1;
  }

  NjHistory*
  data()
  {
    return lanes_.data();
  }

  unsigned char*
  recent()
  {
    return recent_.get();
  }

  size_t
  lanes() const
  {
    return lanes_.size();
  }

  /* Entries of all lanes that memory is there for. */
  size_t
  capacity() const
  {
    return std::accumulate( lanes_.begin(),
      lanes_.end(),
      size_t( 0 ),
      []( const size_t sum, const NjHistory& past ) { return sum + past.capacity; } );
  }

  /* Begin to keep a history of `states` moved states for each of `lanes` lanes. New lanes start
   * with one entry at `step`, filled by `initial( lane, state )`. */
  template < typename Initial >
  void
  keep( const size_t states, const size_t lanes, const int64_t step, Initial initial )
  {
    const size_t kept = lanes_.size();
    stride_ = states + 1;
    for ( size_t lane = lanes_.size(); lane < lanes; ++lane )
    {
      lanes_.push_back( { allocate( first_capacity_, stride_ ), 1, first_capacity_ } );
      begin_.push_back( step );
      NjSlot* const entry = lanes_.back().entry;
      entry[ 0 ].key = step << 1;
      for ( size_t s = 0; s < states; ++s )
      {
        entry[ 1 + s ].value = initial( lane, s );
      }
    }
    older_.resize( lanes_.size() );
    if ( lanes > kept or not recent_ )
    {
      copy_recent();
    }
  }

  /* Change which states an entry holds: state s of the new layout is `source[ s ]` of the old one,
   * or constant per lane where that is -1. */
  template < typename Initial >
  void
  relayout( const std::vector< int >& source, Initial initial )
  {
    const size_t old_stride = stride_;
    stride_ = source.size() + 1;
    for ( size_t lane = 0; lane < lanes_.size(); ++lane )
    {
      NjHistory& past = lanes_[ lane ];
      NjSlot* const entries = allocate( past.capacity, stride_ );
      for ( size_t n = 0; n < past.size; ++n )
      {
        entries[ n * stride_ ] = past.entry[ n * old_stride ];
        for ( size_t s = 0; s < source.size(); ++s )
        {
          NjSlot& slot = entries[ n * stride_ + 1 + s ];
          if ( source[ s ] >= 0 )
          {
            slot = past.entry[ n * old_stride + 1 + source[ s ] ];
          }
          else
          {
            slot.value = initial( lane, s );
          }
        }
      }
      std::free( past.entry );
      past.entry = entries;
    }
    copy_recent();
  }

  /* Call `change( entry )` for each of a lane's entries, oldest first. */
  template < typename Change >
  void
  for_each_entry( const size_t lane, Change change )
  {
    NjHistory& past = lanes_[ lane ];
    for ( size_t n = 0; n < past.size; ++n )
    {
      change( past.entry + n * stride_ );
    }
    copy_recent( lane );
  }

  /* The step at which a lane's past begins. */
  int64_t
  begin( const size_t lane ) const
  {
    return begin_[ lane ];
  }

  /* Let a lane's past begin at a step, without what was before. */
  void
  begin_at( const size_t lane, const int64_t step )
  {
    older_[ lane ].forget();
    begin_[ lane ] = step;
  }

  /* How many spikes from before a lane's entries are still known. */
  size_t
  older( const size_t lane ) const
  {
    return older_[ lane ].size();
  }

  /* Add a spike from before a lane's entries. */
  void
  add_older( const size_t lane, const int64_t step )
  {
    older_[ lane ].add( step );
  }

  /* The spikes of a lane's past up to a step, oldest first: all that are still known. */
  std::vector< int64_t >
  spikes( const size_t lane, const int64_t until ) const
  {
    const NjHistory& past = lanes_[ lane ];
    std::vector< int64_t > steps;
    older_[ lane ].append_to( steps );
    for ( size_t n = 0; n < past.size; ++n )
    {
      const int64_t key = past.entry[ n * stride_ ].key;
      if ( key & 1 and key >> 1 > begin_[ lane ] )
      {
        steps.push_back( key >> 1 );
      }
    }
    while ( not steps.empty() and steps.back() > until )
    {
      steps.pop_back();
    }
    return steps;
  }

  /* How many of a lane's entries somebody can still ask for: all but those before the newest of the
   * entries before step `needed`. */
  size_t
  kept( const size_t lane, const int64_t needed ) const
  {
    const NjHistory& past = lanes_[ lane ];
    size_t from = 0;
    while ( from + 1 < past.size and ( past.entry[ ( from + 1 ) * stride_ ].key >> 1 ) < needed )
    {
      ++from;
    }
    return past.size - from;
  }

  /* Make room for one more entry, forgetting first what nobody can ask for any more; the newest spikes of that are
   * kept for synapses to come if `remember`. */
  void
  grow( const size_t lane, const int64_t needed, const bool remember = true )
  {
    NjHistory& past = lanes_[ lane ];
    const size_t keep_from = past.size - kept( lane, needed );
    if ( keep_from > 0 )
    {
      for ( size_t n = 0; remember and n < keep_from; ++n )
      {
        const int64_t key = past.entry[ n * stride_ ].key;
        if ( key & 1 and key >> 1 > begin_[ lane ] )
        {
          older_[ lane ].add( key >> 1 );
        }
      }
      past.size -= static_cast< uint32_t >( keep_from );
      std::memmove( past.entry, past.entry + keep_from * stride_, past.size * stride_ * sizeof( NjSlot ) );
    }
    if ( 2 * past.size > past.capacity )
    {
      past.capacity *= 2;
      NjSlot* const entries = allocate( past.capacity, stride_ );
      std::memcpy( entries, past.entry, past.size * stride_ * sizeof( NjSlot ) );
      std::free( past.entry );
      past.entry = entries;
    }
  }

  bool
  is_full( const size_t lane ) const
  {
    return lanes_[ lane ].size == lanes_[ lane ].capacity;
  }

  /* Add a spike to a history without moved states, whose newest entries nobody needs at hand. There must
   * be room. */
  void
  append_spike( const size_t lane, const int64_t step )
  {
    NjHistory& past = lanes_[ lane ];
    past.entry[ past.size++ * stride_ ].key = 2 * step + 1;
  }

  bool
  ends_with_spike( const size_t lane ) const
  {
    const NjHistory& past = lanes_[ lane ];
    return past.entry[ ( past.size - 1 ) * stride_ ].key & 1;
  }

  /* Forget a lane's past, which nobody may need: it begins at `step` with these values. */
  void
  restart( const size_t lane, const int64_t step, const std::vector< double >& values )
  {
    lanes_[ lane ].size = 0;
    begin_at( lane, step );
    append( lane, step, values );
  }

  /* Add an entry that is no spike; the kernel's newest entry stays as it is. */
  void
  append( const size_t lane, const int64_t step, const std::vector< double >& values )
  {
    if ( lanes_[ lane ].size == lanes_[ lane ].capacity )
    {
      grow( lane, INT64_MIN );
    }
    NjHistory& past = lanes_[ lane ];
    NjSlot* const entry = past.entry + past.size++ * stride_;
    entry[ 0 ].key = step << 1;
    for ( size_t s = 0; s < values.size(); ++s )
    {
      entry[ 1 + s ].value = values[ s ];
    }
    copy_recent( lane );
  }

private:
  static NjSlot*
  allocate( const size_t entries, const size_t stride )
  {
    return static_cast< NjSlot* >( aligned( entries * stride * sizeof( NjSlot ) ) );
  }

  static void*
  aligned( const size_t bytes )
  {
    void* const memory = std::aligned_alloc( alignment_, ( bytes + alignment_ - 1 ) / alignment_ * alignment_ );
    if ( not memory )
    {
      throw std::bad_alloc();
    }
    return memory;
  }

  /* Fill all lanes' copies of their newest entries. */
  void
  copy_recent()
  {
    recent_.reset( static_cast< unsigned char* >( aligned( lanes_.size() * NJ_RECENT_BYTES( states() ) ) ) );
    for ( size_t lane = 0; lane < lanes_.size(); ++lane )
    {
      copy_recent( lane );
    }
  }

  void
  copy_recent( const size_t lane )
  {
    const NjHistory& past = lanes_[ lane ];
    unsigned char* const place = recent_.get() + lane * NJ_RECENT_BYTES( states() );
    auto* const key = reinterpret_cast< int32_t* >( place );
    auto* const value = reinterpret_cast< double* >( place + NJ_RECENT * sizeof( int32_t ) );
    for ( size_t n = 0; n < NJ_RECENT; ++n )
    {
      const bool there = n < past.size;
      const NjSlot* const entry = past.entry + ( there ? past.size - 1 - n : 0 ) * stride_;
      key[ n ] = there ? static_cast< int32_t >( entry[ 0 ].key ) : INT32_MIN;
      for ( size_t s = 0; s < states(); ++s )
      {
        value[ s * NJ_RECENT + n ] = entry[ 1 + s ].value;
      }
    }
  }

  void
  release()
  {
    for ( const NjHistory& past : lanes_ )
    {
      std::free( past.entry );
    }
    lanes_.clear();
  }

  struct Free
  {
    void
    operator()( unsigned char* const memory ) const
    {
      std::free( memory );
    }
  };

  static constexpr size_t alignment_ = 64;
  static constexpr uint32_t first_capacity_ = 4;
  size_t stride_ = 0;
  std::vector< NjHistory > lanes_;
  std::vector< OlderSpikes > older_;
  std::vector< int64_t > begin_;
  std::unique_ptr< unsigned char, Free > recent_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_HISTORY_H */
