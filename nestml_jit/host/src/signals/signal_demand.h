/* Which earlier values of signals connections may still ask for. */
#ifndef NESTML_JIT_SIGNAL_DEMAND_H
#define NESTML_JIT_SIGNAL_DEMAND_H

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "nestml_jit_abi.h"

namespace nestml_jit
{

/* Steps from `first` to `last`. */
struct Steps
{
  int64_t first;
  int64_t last;
};

/* What connections that are behind ask of a block's lanes: values at the arrivals of postsynaptic or modulatory spikes,
 * or of all steps, in each case after the step up to which the connection that is furthest behind is up to date. */
class SignalDemand
{
public:
  /* Of connections that are not up to date at step `until`. */
  SignalDemand( const size_t lanes, const int64_t until )
    : until_( until )
    , asked_( lanes, false )
  {
  }

  int64_t
  until() const
  {
    return until_;
  }

  /* Note which of the connections that are behind is furthest, for people. */
  struct Source
  {
    int64_t since = INT64_MAX;
    std::string synapse;
    uint64_t node_id = 0;
    bool every_step = false;
  };

  void
  note_source( const Source& source )
  {
    if ( source.since < oldest_.since )
    {
      oldest_ = source;
    }
  }

  const Source&
  oldest() const
  {
    return oldest_;
  }

  /* Ask for all steps. */
  void
  ask_every_step( const size_t lane, const int64_t since )
  {
    ask( every_step_, lane, since );
  }

  /* Ask for the steps at which the lane's spikes arrive that come so many steps later. */
  void
  ask_spikes( const size_t lane, const size_t lag, const int64_t since )
  {
    if ( lag >= row_.size() )
    {
      row_.resize( lag + 1, none_ );
    }
    if ( row_[ lag ] == none_ )
    {
      row_[ lag ] = spikes_.size();
      spikes_.push_back( { static_cast< int64_t >( lag ), {} } );
    }
    ask( spikes_[ row_[ lag ] ].since, lane, since );
  }

  /* The number of a list of modulatory spikes, to ask for the steps at which they arrive. */
  size_t
  add_modulation( const NjModulation& spikes )
  {
    modulation_.push_back( { spikes, {} } );
    return modulation_.size() - 1;
  }

  void
  ask_modulation( const size_t lane, const size_t number, const int64_t since )
  {
    ask( modulation_[ number ].since, lane, since );
  }

  /* Whether no connection asks for anything. */
  bool
  is_empty() const
  {
    return is_empty_;
  }

  bool
  asks( const size_t lane ) const
  {
    return lane < asked_.size() and asked_[ lane ];
  }

  /* The steps after `from` up to `until` that are asked of a lane, rising, in stretches. `spikes( lane, after, steps )`
   * appends the lane's spikes after a step to an array. */
  template < typename Spikes >
  const std::vector< Steps >&
  steps( const size_t lane, const int64_t from, const int64_t until, Spikes spikes )
  {
    found_.clear();
    if ( not every_step_.empty() and every_step_[ lane ] < until )
    {
      found_.push_back( { std::max( from, every_step_[ lane ] ) + 1, until } );
    }
    if ( not spikes_.empty() )
    {
      fired_.clear();
      spikes( lane, from - static_cast< int64_t >( row_.size() ), fired_ );
    }
    for ( const AtSpikes& at : spikes_ )
    {
      for ( const int64_t step : fired_ )
      {
        find( step + at.lag, std::max( from, at.since[ lane ] ), until );
      }
    }
    for ( const AtModulation& at : modulation_ )
    {
      const int64_t* const end = at.spikes.step + at.spikes.size;
      for ( const int64_t* step = std::upper_bound( at.spikes.step, end, from ); step < end and *step <= until; ++step )
      {
        find( *step, at.since.empty() ? INT64_MAX : at.since[ lane ], until );
      }
    }
    join();
    return found_;
  }

private:
  struct AtSpikes
  {
    int64_t lag;
    std::vector< int64_t > since; /* [lane] */
  };

  struct AtModulation
  {
    NjModulation spikes;
    std::vector< int64_t > since; /* [lane], or empty if no connection asks */
  };

  void
  ask( std::vector< int64_t >& all, const size_t lane, const int64_t since )
  {
    all.resize( std::max( all.size(), asked_.size() ), INT64_MAX );
    all[ lane ] = std::min( all[ lane ], since );
    asked_[ lane ] = true;
    is_empty_ = false;
  }

  void
  find( const int64_t step, const int64_t since, const int64_t until )
  {
    if ( step > since and step <= until )
    {
      found_.push_back( { step, step } );
    }
  }

  /* Put the stretches in order, and make one of those that touch or overlap. */
  void
  join()
  {
    std::sort(
      found_.begin(), found_.end(), []( const Steps& one, const Steps& other ) { return one.first < other.first; } );
    size_t joined = 0;
    for ( size_t n = 1; n < found_.size(); ++n )
    {
      if ( found_[ n ].first <= found_[ joined ].last + 1 )
      {
        found_[ joined ].last = std::max( found_[ joined ].last, found_[ n ].last );
      }
      else
      {
        found_[ ++joined ] = found_[ n ];
      }
    }
    found_.resize( std::min( found_.size(), joined + 1 ) );
  }

  static constexpr size_t none_ = SIZE_MAX;
  int64_t until_;
  std::vector< bool > asked_;
  std::vector< int64_t > every_step_; /* [lane], or empty if no connection asks */
  std::vector< size_t > row_;         /* [lag] number in spikes_ */
  std::vector< AtSpikes > spikes_;
  std::vector< AtModulation > modulation_;
  bool is_empty_ = true;
  Source oldest_;
  std::vector< Steps > found_;
  std::vector< int64_t > fired_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SIGNAL_DEMAND_H */
