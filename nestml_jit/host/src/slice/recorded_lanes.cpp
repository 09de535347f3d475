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

DataLogging&
RecordedLanes::add( Shell& node )
{
  lanes_.resize( std::max( lanes_.size(), node.lane() / NJ_TILE + 1 ) );
  std::vector< Recorded >& lanes = lanes_[ node.lane() / NJ_TILE ];
  auto place = std::lower_bound( lanes.begin(), lanes.end(), node.lane(), is_before );
  if ( place == lanes.end() or place->lane != node.lane() )
  {
    place = lanes.insert( place, { static_cast< uint32_t >( node.lane() ), std::make_unique< DataLogging >( node ) } );
  }
  return *place->logging;
}

DataLogging*
RecordedLanes::find( const size_t lane ) const
{
  if ( not are_in( lane / NJ_TILE ) )
  {
    return nullptr;
  }
  const std::vector< Recorded >& lanes = lanes_[ lane / NJ_TILE ];
  const auto place = std::lower_bound( lanes.begin(), lanes.end(), lane, is_before );
  return place == lanes.end() or place->lane != lane ? nullptr : place->logging.get();
}

} // namespace nestml_jit
