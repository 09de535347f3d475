/* Variables of neurons that synapses read as third factors, step by step. */
#ifndef NESTML_JIT_SIGNALS_H
#define NESTML_JIT_SIGNALS_H

#include <algorithm>
#include <string>
#include <vector>

#include "large_memory.h"
#include "nestml_jit_abi.h"

namespace nestml_jit
{

/* A ring of the last steps' values of all lanes of a block: [step][signal][lane], see NjBlock::signal. */
class Signals
{
public:
  /* Fit the ring to the signals' names, a number of steps (a power of two) and of lanes. Values of the
   * steps up to `now` stay where the signal had them; all others are `initial( name, lane )`. */
  template < typename Initial >
  void
  fit( const std::vector< std::string >& names,
    const size_t steps,
    const size_t lanes,
    const int64_t now,
    Initial initial )
  {
    if ( names == names_ and steps == steps_ and lanes == lanes_ )
    {
      return;
    }
    LargeVector< double > fresh( steps * names.size() * lanes );
    for ( size_t k = 0; k < names.size(); ++k )
    {
      const auto found = std::find( names_.begin(), names_.end(), names[ k ] );
      const size_t kept = found == names_.end() ? 0 : std::min( lanes, lanes_ );
      const auto old = static_cast< size_t >( found - names_.begin() );
      for ( size_t lane = 0; lane < lanes; ++lane )
      {
        const double start = lane < kept ? 0.0 : initial( names[ k ], lane );
        for ( size_t back = 0; back < steps; ++back )
        {
          const int64_t step = now - static_cast< int64_t >( std::min( back, steps_ ? steps_ - 1 : 0 ) );
          const size_t row = static_cast< uint64_t >( now - static_cast< int64_t >( back ) ) & ( steps - 1 );
          fresh[ ( row * names.size() + k ) * lanes + lane ] = lane < kept ? at( step, old, lane ) : start;
        }
      }
    }
    values_ = std::move( fresh );
    names_ = names;
    steps_ = steps;
    lanes_ = lanes;
  }

  double*
  data()
  {
    return values_.empty() ? nullptr : values_.data();
  }

  size_t
  steps() const
  {
    return steps_;
  }

  size_t
  bytes() const
  {
    return values_.size() * sizeof( double );
  }

  /* Say that nobody asks for steps up to this one. */
  void
  protect( const int64_t unused )
  {
    unused_ = unused;
  }

  /* Whether there is room up to a step for all that somebody may ask for. */
  bool
  reach( const int64_t step ) const
  {
    return step - static_cast< int64_t >( steps_ ) <= unused_;
  }

private:
  double
  at( const int64_t step, const size_t signal, const size_t lane ) const
  {
    const size_t row = static_cast< uint64_t >( step ) & ( steps_ - 1 );
    return values_[ ( row * names_.size() + signal ) * lanes_ + lane ];
  }

  std::vector< std::string > names_;
  size_t steps_ = 0;
  size_t lanes_ = 0;
  int64_t unused_ = INT64_MIN / 2;
  LargeVector< double > values_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SIGNALS_H */
