#include "slice/spike_buffer.h"

#include <algorithm>
#include <numeric>

#include "nest/lookup.h"
#include "nest/shell.h"
#include "neurons/nodes.h"

namespace nestml_jit
{

namespace
{

void
prefetch( const Nodes& nodes, const size_t lane )
{
  prefetch_spike( nodes[ lane ], nodes.ids()[ lane ], nodes.thread() );
}

} // namespace

void
SpikeBuffer::drop( const size_t first, const std::vector< uint32_t >& lanes )
{
  const auto is_dropped = [ & ]( const Spike& spike )
  { return std::find( lanes.begin(), lanes.end(), spike.lane ) != lanes.end(); };
  const auto begin = spikes_.begin() + static_cast< std::ptrdiff_t >( first );
  spikes_.erase( std::remove_if( begin, spikes_.end(), is_dropped ), spikes_.end() );
}

/* Put the spikes in order of time, those of a step in order of lanes, as tiles have them already. */
void
SpikeBuffer::sort( const size_t lags )
{
  places_.assign( lags + 1, 0 );
  for ( const Spike& spike : spikes_ )
  {
    ++places_[ spike.lag + 1 ];
  }
  std::partial_sum( places_.begin(), places_.end(), places_.begin() );
  sorted_.resize( spikes_.size() );
  for ( const Spike& spike : spikes_ )
  {
    sorted_[ places_[ spike.lag ]++ ] = spike;
  }
  spikes_.swap( sorted_ );
  const auto earlier = []( const Spike& a, const Spike& b )
  { return a.lag != b.lag ? a.lag < b.lag : a.lane < b.lane; };
  if ( not std::is_sorted( spikes_.begin(), spikes_.end(), earlier ) )
  {
    std::sort( spikes_.begin(), spikes_.end(), earlier ); // a model that emits in several places
  }
}

void
SpikeBuffer::send( const Nodes& nodes, const int64_t origin, const size_t lags )
{
  constexpr size_t ahead = 8;
  if ( spikes_.empty() )
  {
    return;
  }
  sort( lags );
  for ( size_t i = 0; i < std::min( ahead, spikes_.size() ); ++i )
  {
    prefetch( nodes, spikes_[ i ].lane );
  }
  for ( size_t i = 0; i < spikes_.size(); )
  {
    const Spike spike = spikes_[ i ];
    size_t multiplicity = 0;
    while ( i < spikes_.size() and spikes_[ i ].lane == spike.lane and spikes_[ i ].lag == spike.lag )
    {
      if ( i + ahead < spikes_.size() )
      {
        prefetch( nodes, spikes_[ i + ahead ].lane );
      }
      ++multiplicity;
      ++i;
    }
    Shell& node = nodes[ spike.lane ];
    if ( nodes.have_archives() )
    {
      node.archive_spike( origin + spike.lag + 1 );
    }
    node.spiked( spike.lag, multiplicity );
  }
  spikes_.clear();
}

} // namespace nestml_jit
