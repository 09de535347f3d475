#include "synapses/run_index.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace nestml_jit
{

void
RunIndex::append( const size_t n, const uint16_t kind, const int64_t step, const int64_t unheard )
{
  since_ = new_kinds_.size() == 0 ? step : since_;
  unheard_ = new_kinds_.size() == 0 ? unheard : unheard_;
  new_kinds_.append( n, kind );
}

void
RunIndex::replace( std::vector< Run > runs, std::vector< Segment > segments )
{
  ++revision_;
  indexed_ = size();
  new_kinds_.assign( 0, 0 );
  runs_ = std::move( runs );
  segments_ = std::move( segments );
  runs_.shrink_to_fit();
  segments_.shrink_to_fit();
  disabled_.rejoin();
  lookup_.fit( runs_, indexed_ );
}

void
RunIndex::shorten( const size_t size )
{
  ++revision_;
  disabled_.assign( 0, 0 );
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
  lookup_.fit( runs_, indexed_ );
}

void
RunIndex::disable( const size_t lcid )
{
  ++revision_;
  disabled_.add( lcid );
}

void
RunIndex::disable_last( const size_t first )
{
  disabled_.assign( first, size() );
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
