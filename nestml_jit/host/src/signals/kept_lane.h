/* Earlier values of signals: those that connections may still ask for, lane by lane. */
#ifndef NESTML_JIT_KEPT_LANE_H
#define NESTML_JIT_KEPT_LANE_H

#include <algorithm>
#include <vector>

#include "nestml_jit_abi.h"
#include "signals/signal_demand.h"

namespace nestml_jit
{

/* The values of one lane, see NjKept. */
class KeptLane
{
public:
  /* Add the values of steps behind all others; `value( step, k )` is signal k's of `signals`. */
  template < typename Value >
  void
  add( const Steps& steps, const size_t signals, Value value )
  {
    make_room( values_, static_cast< size_t >( steps.last - steps.first + 1 ) * signals );
    if ( stretches_.empty() or steps.first != next_ )
    {
      make_room( stretches_, 1 );
      stretches_.push_back( { steps.first, steps_ } );
    }
    for ( int64_t step = steps.first; step <= steps.last; ++step )
    {
      for ( size_t k = 0; k < signals; ++k )
      {
        values_.push_back( value( step, k ) );
      }
      ++steps_;
    }
    next_ = steps.last + 1;
  }

  /* The values of a step, null if they are not there. */
  const double*
  find( const int64_t step, const size_t signals ) const
  {
    const auto after = std::upper_bound( stretches_.begin(),
      stretches_.end(),
      step,
      []( const int64_t wanted, const NjStretch& stretch ) { return wanted < stretch.first; } );
    if ( after == stretches_.begin() )
    {
      return nullptr;
    }
    const uint64_t place = ( after - 1 )->place + static_cast< uint64_t >( step - ( after - 1 )->first );
    const uint64_t end = after == stretches_.end() ? steps_ : after->place;
    return place < end ? values_.data() + place * signals : nullptr;
  }

  /* Replace the values of each step, `before` of them, by `signals` others: `value( old, k )`. */
  template < typename Value >
  void
  relayout( const size_t before, const size_t signals, Value value )
  {
    std::vector< double > values;
    values.reserve( steps_ * signals );
    for ( uint64_t step = 0; step < steps_; ++step )
    {
      for ( size_t k = 0; k < signals; ++k )
      {
        values.push_back( value( values_.data() + step * before, k ) );
      }
    }
    values_ = std::move( values );
  }

  NjKept
  view() const
  {
    return { stretches_.data(), values_.data(), stretches_.size(), steps_ };
  }

  bool
  is_empty() const
  {
    return steps_ == 0;
  }

  size_t
  bytes() const
  {
    return stretches_.capacity() * sizeof( NjStretch ) + values_.capacity() * sizeof( double );
  }

private:
  /* Let an array grow by a quarter, since it may be most of the memory. */
  template < typename T >
  static void
  make_room( std::vector< T >& all, const size_t more )
  {
    if ( all.size() + more > all.capacity() )
    {
      all.reserve( all.size() + std::max( more, all.size() / 4 ) );
    }
  }

  std::vector< NjStretch > stretches_;
  std::vector< double > values_; /* [step][signal] */
  uint64_t steps_ = 0;
  int64_t next_ = 0; /* step behind the newest */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_KEPT_LANE_H */
