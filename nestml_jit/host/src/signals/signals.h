/* Variables of neurons that synapses read as third factors, step by step. */
#ifndef NESTML_JIT_SIGNALS_H
#define NESTML_JIT_SIGNALS_H

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "host_state.h"
#include "nestml_jit_abi.h"
#include "signals/kept_lane.h"
#include "signals/signal_budget.h"
#include "signals/signal_demand.h"
#include "values/large_memory.h"

namespace nestml_jit
{

/* A ring of the last steps' values of all lanes of a block, [step][signal][lane], see NjBlock::signal, and those of
 * earlier steps that connections may still ask for. */
class Signals
{
public:
  Signals() = default;
  Signals( const Signals& ) = delete;
  Signals& operator=( const Signals& ) = delete;

  ~Signals()
  {
    host_state().signal_budget.change( bytes(), 0 );
  }

  /* Fit the ring to the signals' names, a number of steps (a power of two) and of lanes. Values of the
   * steps up to `now` stay where the signal had them; all others are `initial( name, lane )`. Returns whether there are
   * other signals than before. */
  template < typename Initial >
  bool
  fit( const std::vector< std::string >& names,
    const size_t steps,
    const size_t lanes,
    const int64_t now,
    Initial initial )
  {
    if ( names == names_ and steps == steps_ and lanes == lanes_ )
    {
      return false;
    }
    const bool are_others = names != names_;
    const size_t before = bytes();
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
    relayout( names, initial );
    first_ = steps_ ? first_ : now - static_cast< int64_t >( steps ) + 1;
    written_ = steps_ ? written_ : now;
    kept_until_ = steps_ ? kept_until_ : first_ - 1;
    values_ = std::move( fresh );
    names_ = names;
    steps_ = steps;
    lanes_ = lanes;
    kept_.resize( lanes );
    point_to_kept();
    host_state().signal_budget.change( before, bytes() );
    return are_others;
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

  /* The last step whose values the ring has. */
  int64_t
  written() const
  {
    return written_;
  }

  /* Let kernels see the ring, and what is kept of steps in front of it. */
  void
  show( NjBlock& nj )
  {
    nj.signal = data();
    nj.signal_steps = steps_;
    nj.signal_first = first_;
    nj.signal_kept = views_.data();
  }

  size_t
  bytes() const
  {
    return values_.size() * sizeof( double ) + kept_bytes_;
  }

  /* Whether steps that connections may ask for would be lost if those up to a step were written. */
  bool
  is_full( const int64_t until ) const
  {
    return kept_until_ < until - static_cast< int64_t >( steps_ );
  }

  /* Say that steps up to this one are written now. */
  void
  write( const int64_t until )
  {
    written_ = until;
    first_ = std::max( first_, until - static_cast< int64_t >( steps_ ) + 1 );
  }

  /* Write steps up to this one with the values of the last one. */
  void
  repeat( const int64_t until )
  {
    const size_t width = names_.size() * lanes_;
    const double* const last = values_.data() + row( written_ ) * width;
    for ( int64_t step = written_ + 1; step <= until; ++step )
    {
      std::copy_n( last, width, values_.data() + row( step ) * width );
    }
    write( until );
  }

  /* Keep what is asked of steps up to `until`, all of which are written, and forget what is not asked for any more.
   * `spikes( lane, after, steps )` appends the lane's spikes after a step to an array. */
  template < typename Spikes >
  void
  keep( SignalDemand& demand, const int64_t until, Spikes spikes )
  {
    if ( demand.is_empty() and kept_bytes_ == 0 )
    {
      kept_until_ = std::max( kept_until_, until );
      return;
    }
    const int64_t span = demand.is_empty() ? 0 : until - demand.oldest().since;
    if ( wants_collection( span ) )
    {
      collect( demand, spikes, []( size_t, size_t ) { return std::numeric_limits< double >::quiet_NaN(); } );
      span_ = span;
    }
    span_ = std::max( span_, span );
    const size_t before = bytes();
    const int64_t from = std::max( kept_until_, first_ - 1 );
    for ( size_t lane = 0; lane < lanes_; ++lane )
    {
      if ( not demand.asks( lane ) )
      {
        kept_[ lane ] = {};
        continue;
      }
      for ( const Steps& steps : demand.steps( lane, from, until, spikes ) )
      {
        kept_[ lane ].add(
          steps, names_.size(), [ & ]( const int64_t step, const size_t k ) { return at( step, k, lane ); } );
      }
    }
    kept_until_ = std::max( kept_until_, until );
    point_to_kept();
    host_state().signal_budget.change( before, bytes() );
  }

  /* Keep what is asked of the steps in front of the ring, if it is there, else `missing( k, lane )`. */
  template < typename Spikes, typename Missing >
  void
  collect( SignalDemand& demand, Spikes spikes, Missing missing )
  {
    const size_t before = bytes(), signals = names_.size();
    for ( size_t lane = 0; lane < lanes_; ++lane )
    {
      KeptLane fresh;
      if ( demand.asks( lane ) )
      {
        for ( const Steps& steps : demand.steps( lane, demand.oldest().since, kept_until_, spikes ) )
        {
          fresh.add( steps,
            signals,
            [ & ]( const int64_t step, const size_t k )
            {
              const double* const found = kept_[ lane ].find( step, signals );
              return found ? found[ k ] : step >= first_ ? at( step, k, lane ) : missing( k, lane );
            } );
        }
      }
      kept_[ lane ] = std::move( fresh );
    }
    point_to_kept();
    collected_bytes_ = kept_bytes_;
    host_state().signal_budget.change( before, bytes() );
  }

private:
  size_t
  row( const int64_t step ) const
  {
    return static_cast< uint64_t >( step ) & ( steps_ - 1 );
  }

  double
  at( const int64_t step, const size_t signal, const size_t lane ) const
  {
    return values_[ ( row( step ) * names_.size() + signal ) * lanes_ + lane ];
  }

  /* Give kept steps the values of other signals. */
  template < typename Initial >
  void
  relayout( const std::vector< std::string >& names, Initial initial )
  {
    if ( names == names_ )
    {
      return;
    }
    for ( size_t lane = 0; lane < kept_.size(); ++lane )
    {
      kept_[ lane ].relayout( names_.size(),
        names.size(),
        [ & ]( const double* const old, const size_t k )
        {
          const auto found = std::find( names_.begin(), names_.end(), names[ k ] );
          return found == names_.end() ? initial( names[ k ], lane ) : old[ found - names_.begin() ];
        } );
    }
  }

  /* Whether much of what is kept may not be needed any more, if the connection that is furthest behind is so by `span`
   * steps: there is twice as much as was needed the last time, or none is half as far behind as one was then. */
  bool
  wants_collection( const int64_t span ) const
  {
    return kept_bytes_ > 2 * collected_bytes_ + few_ or ( kept_bytes_ > few_ and 2 * span < span_ );
  }

  void
  point_to_kept()
  {
    views_.resize( kept_.size() );
    kept_bytes_ = 0;
    for ( size_t lane = 0; lane < kept_.size(); ++lane )
    {
      views_[ lane ] = kept_[ lane ].view();
      kept_bytes_ += kept_[ lane ].bytes();
    }
  }

  static constexpr size_t few_ = 16384; /* bytes */
  std::vector< std::string > names_;
  size_t steps_ = 0;
  size_t lanes_ = 0;
  int64_t first_ = 0;
  int64_t written_ = 0;
  int64_t kept_until_ = 0; /* what is asked of steps up to here is kept */
  LargeVector< double > values_;
  std::vector< KeptLane > kept_; /* [lane] */
  std::vector< NjKept > views_;  /* [lane] the same as kernels see it */
  size_t kept_bytes_ = 0;
  size_t collected_bytes_ = 0; /* what was left when all that was not needed had been forgotten */
  int64_t span_ = 0;           /* how many steps connections were behind since then, at most */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SIGNALS_H */
