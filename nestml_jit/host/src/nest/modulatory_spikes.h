/* Modulatory spikes as connections see them. */
#ifndef NESTML_JIT_MODULATORY_SPIKES_H
#define NESTML_JIT_MODULATORY_SPIKES_H

#include <algorithm>
#include <vector>

#include "spikecounter.h"

#include "nest/time_slices.h"
#include "nestml_jit_abi.h"

namespace nestml_jit
{

/* The spikes of one modulatory port that connections may still ask for, oldest first. */
class ModulatorySpikes
{
public:
  /* Add what a volume transmitter has that is new. Entries that count no spike are its own notes. */
  void
  take( const std::vector< nest::spikecounter >& spikes )
  {
    auto first = spikes.end();
    while ( first != spikes.begin() and step_of( *( first - 1 ) ) > newest_ )
    {
      --first;
    }
    for ( ; first != spikes.end(); ++first )
    {
      if ( first->multiplicity_ > 0.0 )
      {
        newest_ = step_of( *first );
        step_.push_back( newest_ );
        multiplicity_.push_back( static_cast< uint32_t >( first->multiplicity_ ) );
      }
    }
  }

  /* The step at which a volume transmitter delivered for the last time, of which it has a note in front of its spikes. */
  static int64_t
  delivered( const std::vector< nest::spikecounter >& spikes )
  {
    return spikes.empty() ? 0 : step_of( spikes.front() );
  }

  /* The step of the first of a volume transmitter's spikes that comes after a step; INT64_MAX if there is none. */
  static int64_t
  first_after( const std::vector< nest::spikecounter >& spikes, const int64_t step )
  {
    const auto found = std::find_if( spikes.begin(),
      spikes.end(),
      [ step ]( const nest::spikecounter& spike ) { return spike.multiplicity_ > 0.0 and step_of( spike ) > step; } );
    return found == spikes.end() ? INT64_MAX : step_of( *found );
  }

  /* Forget spikes up to a step. */
  void
  forget( const int64_t until )
  {
    const auto kept = std::upper_bound( step_.begin(), step_.end(), until );
    multiplicity_.erase( multiplicity_.begin(), multiplicity_.begin() + ( kept - step_.begin() ) );
    step_.erase( step_.begin(), kept );
  }

  size_t
  size() const
  {
    return step_.size();
  }

  NjModulation
  view() const
  {
    return { step_.data(), multiplicity_.data(), static_cast< uint32_t >( step_.size() ) };
  }

private:
  static int64_t
  step_of( const nest::spikecounter& spike )
  {
    return steps_of_ms( spike.spike_time_ );
  }

  std::vector< int64_t > step_;
  std::vector< uint32_t > multiplicity_;
  int64_t newest_ = INT64_MIN;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_MODULATORY_SPIKES_H */
