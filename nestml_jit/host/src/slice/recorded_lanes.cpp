#include "slice/recorded_lanes.h"

#include <algorithm>

#include "nest/shell.h"
#include "nestml_jit_abi.h"

namespace nestml_jit
{

namespace
{

bool
is_before( const RecordedLanes::Recorded& recorded, const size_t lane )
{
  return recorded.lane < lane;
}

} // namespace

int64_t
RecordedLanes::Rhythm::next( const int64_t step ) const
{
  const int64_t phase = ( ( offset - step ) % interval + interval ) % interval;
  return step + ( phase == 0 ? interval : phase );
}

size_t
RecordedLanes::add( Shell& node, const LoggingRequest& request )
{
  if ( not last_ or not( *last_ == request ) )
  {
    last_ = std::make_shared< const LoggingRequest >( request );
  }
  tiles_.resize( std::max( tiles_.size(), node.lane() / NJ_TILE + 1 ) );
  Tile& tile = tiles_[ node.lane() / NJ_TILE ];
  auto place = std::lower_bound( tile.lanes.begin(), tile.lanes.end(), node.lane(), is_before );
  if ( place == tile.lanes.end() or place->lane != node.lane() )
  {
    place = tile.lanes.insert( place, { static_cast< uint32_t >( node.lane() ), {} } );
  }
  place->loggers.emplace_back( node, last_ );
  note( tile, place->loggers.back() );
  return place->loggers.size();
}

std::vector< DataLogging >*
RecordedLanes::find( const size_t lane )
{
  if ( lane / NJ_TILE >= tiles_.size() )
  {
    return nullptr;
  }
  std::vector< Recorded >& lanes = tiles_[ lane / NJ_TILE ].lanes;
  const auto place = std::lower_bound( lanes.begin(), lanes.end(), lane, is_before );
  return place == lanes.end() or place->lane != lane ? nullptr : &place->loggers;
}

DataLogging*
RecordedLanes::find( const size_t lane, const uint64_t device )
{
  std::vector< DataLogging >* const loggers = find( lane );
  for ( size_t i = 0; loggers and i < loggers->size(); ++i )
  {
    if ( ( *loggers )[ i ].request()->device == device )
    {
      return &( *loggers )[ i ];
    }
  }
  return nullptr;
}

void
RecordedLanes::add_sampler( const size_t tile, TileSampler sampler )
{
  tiles_[ tile ].samplers.push_back( std::move( sampler ) );
}

void
RecordedLanes::clear_samplers()
{
  for ( Tile& tile : tiles_ )
  {
    tile.samplers.clear();
  }
}

void
RecordedLanes::note( Tile& tile, const DataLogging& logging )
{
  const Rhythm rhythm { logging.request()->interval, logging.request()->offset };
  const bool is_known = std::find( tile.rhythms.begin(), tile.rhythms.end(), rhythm ) != tile.rhythms.end();
  if ( not is_known and not logging.is_left_to_block() and not logging.request()->names.empty() )
  {
    tile.rhythms.push_back( rhythm );
  }
}

void
RecordedLanes::find_rhythms()
{
  for ( Tile& tile : tiles_ )
  {
    tile.rhythms.clear();
    for ( const Recorded& recorded : tile.lanes )
    {
      for ( const DataLogging& logging : recorded.loggers )
      {
        note( tile, logging );
      }
    }
  }
}

int64_t
RecordedLanes::next( const size_t tile, const int64_t step ) const
{
  int64_t found = INT64_MAX;
  for ( const Rhythm& rhythm : tiles_[ tile ].rhythms )
  {
    found = std::min( found, rhythm.next( step ) );
  }
  for ( const TileSampler& sampler : tiles_[ tile ].samplers )
  {
    found = std::min( found, sampler.target->next( step ) );
  }
  return found;
}

} // namespace nestml_jit
