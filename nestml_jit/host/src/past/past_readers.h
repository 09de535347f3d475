/* All that read the past of a block's neurons. */
#ifndef NESTML_JIT_PAST_READERS_H
#define NESTML_JIT_PAST_READERS_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "nest/time_slices.h"
#include "past/past_reader.h"
#include "signals/signal_demand.h"

namespace nestml_jit
{

class PastReaders
{
public:
  void
  add( const std::weak_ptr< PastReader >& reader )
  {
    readers_.push_back( reader );
    const auto alive = reader.lock();
    have_emitters_ = have_emitters_ or ( alive and alive->emits() );
  }

  /* The earliest step strictly before which all of them need only the newest entry, in the slice that begins at `origin`:
   * what is still on its way may be needed by connections to come. It is found out once in a slice. */
  int64_t
  oldest_needed( const int64_t origin )
  {
    if ( needed_at_ != origin )
    {
      needed_at_ = origin;
      needed_ = origin - max_delay_steps();
      for_each( [ this ]( const PastReader& reader ) { needed_ = std::min( needed_, reader.oldest_needed() ); } );
    }
    return needed_;
  }

  /* Find it out again, also in the same slice. */
  void
  refresh()
  {
    needed_at_ = -1;
  }

  /* Let synapses that emit by themselves do so, up to the beginning of a slice. */
  void
  emit_until( const int64_t origin )
  {
    if ( have_emitters_ )
    {
      for_each(
        [ origin ]( PastReader& reader )
        {
          if ( reader.emits() )
          {
            reader.emit_until( origin );
          }
        } );
    }
  }

  /* What connections onto a block of so many lanes that are not up to date at step `until` may still ask for. */
  SignalDemand
  signal_demand( const Block& block, const size_t lanes, const int64_t until ) const
  {
    SignalDemand demand( lanes, until );
    for_each( [ & ]( const PastReader& reader ) { reader.ask_signals( block, demand ); } );
    return demand;
  }

private:
  template < typename Call >
  void
  for_each( Call call ) const
  {
    for ( const auto& reader : readers_ )
    {
      if ( const auto alive = reader.lock() )
      {
        call( *alive );
      }
    }
  }

  std::vector< std::weak_ptr< PastReader > > readers_;
  bool have_emitters_ = false; /* among them */
  int64_t needed_ = INT64_MIN;
  int64_t needed_at_ = -1; /* origin of the slice in which that was found out */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_PAST_READERS_H */
