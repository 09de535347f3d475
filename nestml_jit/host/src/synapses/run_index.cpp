#include "synapses/run_index.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace nestml_jit
{

void
RunIndex::append( const uint16_t kind, const int64_t step )
{
  since_ = new_kinds_.size() == 0 ? step : since_;
  new_kinds_.push_back( kind );
}

/* Note for each stretch of connections the run that it begins in; there are about as many stretches as runs, so that a
 * look-up takes a step or two. */
void
RunIndex::find_first_runs()
{
  stretch_ = 0;
  while ( ( indexed_ >> stretch_ ) > 2 * runs_.size() )
  {
    ++stretch_;
  }
  first_run_.assign( ( indexed_ >> stretch_ ) + 1, 0 );
  for ( size_t r = 0, next = 0; r < runs_.size(); ++r )
  {
    const size_t end = static_cast< size_t >( runs_[ r ].first ) + runs_[ r ].size;
    for ( ; next < first_run_.size() and ( next << stretch_ ) < end; ++next )
    {
      first_run_[ next ] = static_cast< uint32_t >( r );
    }
  }
}

void
RunIndex::replace( std::vector< Run > runs, std::vector< Segment > segments )
{
  indexed_ = size();
  new_kinds_.assign( 0, 0 );
  runs_ = std::move( runs );
  segments_ = std::move( segments );
  runs_.shrink_to_fit();
  segments_.shrink_to_fit();
  split_ = disabled_.empty();
  find_first_runs();
}

void
RunIndex::shorten( const size_t size )
{
  disabled_.clear();
  split_ = true;
  while ( not runs_.empty() and runs_.back().first >= size )
  {
    runs_.pop_back();
  }
  if ( not runs_.empty() )
  {
    runs_.back().size = static_cast< uint32_t >( size - runs_.back().first );
  }
  segments_.resize( runs_.empty() ? 0 : runs_.back().segment + 1 );
  indexed_ = size;
  find_first_runs();
}

void
RunIndex::disable( const size_t lcid )
{
  assert( not disabled_.count( lcid ) );
  disabled_.insert( lcid );
  split_ = false;
}

void
RunIndex::disable_last( const size_t first )
{
  disabled_.clear();
  for ( size_t lcid = first; lcid < size(); ++lcid )
  {
    disabled_.insert( lcid );
  }
  split_ = disabled_.empty();
}

/* NEST keeps connections that were disabled one by one until connections are sorted the next time. */
void
RunIndex::split_disabled()
{
  if ( split_ )
  {
    return;
  }
  std::vector< Run > apart;
  for ( const Run& run : runs_ )
  {
    for ( size_t lcid = run.first, end = size_t( run.first ) + run.size; lcid < end; )
    {
      const auto next = disabled_.lower_bound( lcid );
      const bool disabled = next != disabled_.end() and *next == lcid;
      const size_t stop = disabled ? lcid + 1 : next == disabled_.end() ? end : std::min( *next, end );
      Run part = run;
      part.first = static_cast< uint32_t >( lcid );
      part.size = static_cast< uint32_t >( stop - lcid );
      part.alike = Alike::unknown;
      part.disabled = disabled;
      apart.push_back( part );
      lcid = stop;
    }
  }
  runs_ = std::move( apart );
  split_ = true;
  find_first_runs();
}

int64_t
RunIndex::oldest_done() const
{
  int64_t oldest = indexed_ < size() ? since_ : std::numeric_limits< int64_t >::max();
  for ( const Segment& segment : segments_ )
  {
    oldest = std::min( oldest, segment.t_done );
  }
  return oldest;
}

SparseColumn< uint16_t >
RunIndex::kinds() const
{
  SparseColumn< uint16_t > all;
  all.assign( size(), runs_.empty() ? new_kinds_[ 0 ] : runs_.front().kind );
  for ( const Run& run : runs_ )
  {
    all.fill( run.first, run.size, run.kind );
  }
  if ( new_kinds_.is_same() )
  {
    all.fill( indexed_, new_kinds_.size(), new_kinds_[ 0 ] );
    return all;
  }
  for ( size_t lcid = indexed_; lcid < size(); ++lcid )
  {
    all.set( lcid, new_kinds_[ lcid - indexed_ ] );
  }
  return all;
}

} // namespace nestml_jit
