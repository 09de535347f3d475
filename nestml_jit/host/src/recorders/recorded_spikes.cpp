#include "recorders/recorded_spikes.h"

#include <algorithm>

#include "nest/time_slices.h"
#include "nestml_jit_abi.h"
#include "neurons/nodes.h"

namespace nestml_jit
{

void
RecordedSpikes::clear()
{
  first_.clear();
  numbers_.clear();
  recorders_.clear();
}

void
RecordedSpikes::set_lanes( const std::vector< std::vector< uint32_t > >& recorders )
{
  first_.assign( 1, 0 );
  numbers_.clear();
  for ( const std::vector< uint32_t >& some : recorders )
  {
    numbers_.insert( numbers_.end(), some.begin(), some.end() );
    first_.push_back( static_cast< uint32_t >( numbers_.size() ) );
  }
}

/* Spikes come tile by tile, those of a tile in order of time: let those of each lane be side by side. */
void
RecordedSpikes::order( const std::vector< Spike >& spikes )
{
  const auto earlier = []( const Spike& a, const Spike& b )
  { return a.lane != b.lane ? a.lane < b.lane : a.lag < b.lag; };
  ordered_ = spikes;
  for ( auto begin = ordered_.begin(); begin != ordered_.end(); )
  {
    const uint32_t tile = begin->lane / NJ_TILE;
    const auto end =
      std::find_if( begin, ordered_.end(), [ tile ]( const Spike& spike ) { return spike.lane / NJ_TILE != tile; } );
    std::sort( begin, end, earlier );
    begin = end;
  }
}

void
RecordedSpikes::record( const std::vector< Spike >& spikes,
  const Nodes& nodes,
  const int64_t origin,
  const int64_t from )
{
  if ( numbers_.empty() or spikes.empty() )
  {
    return;
  }
  order( spikes );
  times_.clear();
  std::vector< bool > has_begun( recorders_.size(), false );
  for ( const Spike& spike : ordered_ )
  {
    if ( spike.lane + 1 >= first_.size() )
    {
      break; // of neurons that were created in a prepared simulation
    }
    for ( int64_t lag = static_cast< int64_t >( times_.size() ); lag <= spike.lag; ++lag )
    {
      times_.push_back( { origin + lag + 1, 0.0, ms_of_step( origin + lag + 1 ) } );
    }
    const EventTime& time = times_[ spike.lag ];
    const auto sender = static_cast< int64_t >( nodes.ids()[ spike.lane ] );
    for ( uint32_t k = first_[ spike.lane ]; k < first_[ spike.lane + 1 ]; ++k )
    {
      const SpikeRecorder& recorder = recorders_[ numbers_[ k ] ];
      if ( time.step <= recorder.begin or time.step > recorder.end )
      {
        continue;
      }
      if ( not has_begun[ numbers_[ k ] ] )
      {
        recorder.rows->begin_spikes( origin + from, sender );
        has_begun[ numbers_[ k ] ] = true;
      }
      recorder.rows->add_spike( sender, time );
    }
  }
}

} // namespace nestml_jit
