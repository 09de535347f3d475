/* Finds the run of a connection. */
#ifndef NESTML_JIT_RUN_LOOKUP_H
#define NESTML_JIT_RUN_LOOKUP_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "synapses/run.h"

namespace nestml_jit
{

/* For each stretch of 2^n connections the run that it begins in. There are about as many stretches as runs, so that a
 * look-up takes a step or two. */
class RunLookup
{
public:
  /* Fit the stretches to runs of so many connections. */
  void
  fit( const std::vector< Run >& runs, const size_t connections )
  {
    stretch_ = 0;
    while ( ( connections >> stretch_ ) > 2 * runs.size() )
    {
      ++stretch_;
    }
    first_run_.assign( ( connections >> stretch_ ) + 1, 0 );
    for ( size_t r = 0, next = 0; r < runs.size(); ++r )
    {
      const size_t end = static_cast< size_t >( runs[ r ].first ) + runs[ r ].size;
      for ( ; next < first_run_.size() and ( next << stretch_ ) < end; ++next )
      {
        first_run_[ next ] = static_cast< uint32_t >( r );
      }
    }
  }

  /* The run that a connection belongs to. */
  size_t
  find( const size_t lcid, const std::vector< Run >& runs ) const
  {
    size_t run = first_run_[ lcid >> stretch_ ];
    while ( run + 1 < runs.size() and runs[ run + 1 ].first <= lcid )
    {
      ++run;
    }
    return run;
  }

private:
  std::vector< uint32_t > first_run_; /* [lcid >> stretch_] */
  unsigned int stretch_ = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_RUN_LOOKUP_H */
