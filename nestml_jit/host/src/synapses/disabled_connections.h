/* Connections that are about to be removed. */
#ifndef NESTML_JIT_DISABLED_CONNECTIONS_H
#define NESTML_JIT_DISABLED_CONNECTIONS_H

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "synapses/run.h"

namespace nestml_jit
{

/* NEST disables connections one by one, and keeps them until connections are sorted the next time. Until then they are in
 * runs of their own, which pass nothing on. */
class DisabledConnections
{
public:
  void
  add( const size_t lcid )
  {
    assert( not all_.count( lcid ) );
    all_.insert( lcid );
    split_ = false;
  }

  /* Be those from `first` up to `end`, and no others. */
  void
  assign( const size_t first, const size_t end )
  {
    all_.clear();
    for ( size_t lcid = first; lcid < end; ++lcid )
    {
      all_.insert( lcid );
    }
    rejoin();
  }

  /* There are new runs, in which connections that are disabled are like others. */
  void
  rejoin()
  {
    split_ = all_.empty();
  }

  bool
  contains( const size_t lcid ) const
  {
    return not all_.empty() and all_.count( lcid );
  }

  /* All, in order. */
  const std::set< size_t >&
  all() const
  {
    return all_;
  }

  /* Say if runs know of all. */
  bool
  are_split() const
  {
    return split_;
  }

  /* Return runs in which they are apart. */
  std::vector< Run >
  split( const std::vector< Run >& runs )
  {
    std::vector< Run > apart;
    for ( const Run& run : runs )
    {
      split( run, apart );
    }
    split_ = true;
    return apart;
  }

private:
  void
  split( const Run& run, std::vector< Run >& apart ) const
  {
    for ( size_t lcid = run.first, end = size_t( run.first ) + run.size; lcid < end; )
    {
      const auto next = all_.lower_bound( lcid );
      const bool disabled = next != all_.end() and *next == lcid;
      const size_t stop = disabled ? lcid + 1 : next == all_.end() ? end : std::min( *next, end );
      Run part = run;
      part.first = static_cast< uint32_t >( lcid );
      part.size = static_cast< uint32_t >( stop - lcid );
      part.alike = Alike::unknown;
      part.disabled = disabled;
      apart.push_back( part );
      lcid = stop;
    }
  }

  std::set< size_t > all_;
  bool split_ = true;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_DISABLED_CONNECTIONS_H */
