#include "nest/static_routes.h"

#include <algorithm>

#include "host_state.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

StaticRoutes::Kind&
StaticRoutes::kind_of( const StaticRoute& route )
{
  const auto found = std::find_if( kinds_.rbegin(),
    kinds_.rend(),
    [ & ]( const Kind& kind ) { return kind.block == route.block and kind.rport == route.rport; } );
  if ( found != kinds_.rend() )
  {
    return *found;
  }
  kinds_.push_back( { route.block, route.rport, {}, {} } );
  return kinds_.back();
}

uint32_t
StaticRoutes::number_of( const StaticRoute& route )
{
  Kind& kind = kind_of( route );
  if ( route.delay < longest_short_ and route.delay >= kind.by_delay.size() )
  {
    kind.by_delay.resize( route.delay + 1, 0 );
  }
  uint32_t& number = route.delay < longest_short_ ? kind.by_delay[ route.delay ] : kind.by_long[ route.delay ];
  if ( number == 0 )
  {
    routes_.push_back( route );
    number = static_cast< uint32_t >( routes_.size() );
  }
  return number - 1;
}

Arrival*
StaticRoutes::arrivals( const int64_t t_spike, const int64_t origin )
{
  const int64_t slice = min_delay_steps();
  if ( origin != origin_ or epoch_ != host_state().binding_epoch )
  {
    origin_ = origin;
    epoch_ = host_state().binding_epoch;
    ++slice_;
    arrivals_.resize( static_cast< size_t >( 2 * slice ) );
  }
  t_spike_ = t_spike;
  // spikes of neurons come from the previous slice, those of devices from this one
  std::vector< Arrival >& found = arrivals_[ static_cast< size_t >( t_spike - 1 - origin + slice ) ];
  found.resize( routes_.size() );
  return found.data();
}

/* Look up rows; false if there is no block that has them. */
bool
StaticRoutes::find_rows( Arrival& arrival, const StaticRoute& route, const bool negative ) const
{
  if ( not route.block )
  {
    return false;
  }
  if ( arrival.slice != slice_ )
  {
    arrival = Arrival();
    arrival.slice = slice_;
  }
  const Receptor receptor = Receptor::of_route( route.rport );
  const Place place = negative ? receptor.negative : receptor.positive;
  InputRing& input = route.block->input();
  const size_t slot = ring_slot( static_cast< size_t >( t_spike_ + route.delay - 1 - origin_ ) );
  const int32_t count = input.channels().count_of( place );
  arrival.row[ negative ] = input.active_row( slot, input.channels().of( place ) );
  arrival.count[ negative ] = count < 0 ? nullptr : input.active_row( slot, static_cast< uint32_t >( count ) );
  arrival.sign[ negative ] = place == receptor.positive ? 1.0 : -1.0;
  return true;
}

} // namespace nestml_jit
