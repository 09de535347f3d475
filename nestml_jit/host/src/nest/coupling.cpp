#include "nest/coupling.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernel_manager.h"

#include "nest/private_member.h"
#include "nest/threads.h"

namespace nestml_jit
{

struct SecondaryEvents
{
  using type = std::vector< unsigned int > nest::EventDeliveryManager::*;
  friend type reveal( SecondaryEvents );
};

template struct Reveal< SecondaryEvents, &nest::EventDeliveryManager::send_buffer_secondary_events_ >;

void
Coupling::fit( const size_t steps, const size_t lanes, const double h )
{
  h_ = h;
  if ( steps == steps_ and lanes == stride_ )
  {
    return;
  }
  steps_ = steps;
  stride_ = lanes;
  current_.assign( ( 1 + 4 * steps ) * lanes, 0.0 );
  trajectory_.assign( 4 * steps * lanes, 0.0 );
  before_.resize( steps * lanes );
  has_input_ = false;
  begin_anew();
}

void
Coupling::add( const size_t lane, nest::GapJunctionEvent& event, const int64_t slice )
{
  if ( slice != slice_ )
  {
    clear(); // what frozen neurons got in an earlier slice
    slice_ = slice;
  }
  has_input_ = true;
  const double weight = event.get_weight();
  current_[ lane ] += weight;
  const size_t terms = interpolation_order() + 1;
  const double per_ms[] = { 1.0, 1.0 / h_, 1.0 / ( h_ * h_ ), 1.0 / ( h_ * h_ * h_ ) };
  auto position = event.begin();
  for ( size_t lag = 0; lag < steps_; ++lag )
  {
    for ( size_t k = 0; k < terms; ++k )
    {
      current_[ ( 1 + 4 * lag + k ) * stride_ + lane ] += weight * event.get_coeffvalue( position ) * per_ms[ k ];
    }
  }
}

void
Coupling::clear()
{
  if ( has_input_ )
  {
    std::fill( current_.begin(), current_.end(), 0.0 );
    has_input_ = false;
  }
}

void
Coupling::begin_anew()
{
  std::fill( before_.begin(), before_.end(), std::numeric_limits< double >::quiet_NaN() );
}

bool
Coupling::is_settled( const size_t lanes, const long from, const long to, const double tolerance )
{
  bool settled = true;
  for ( long lag = from; lag < to; ++lag )
  {
    for ( size_t lane = 0; lane < lanes; ++lane )
    {
      double& before = before_[ lag * stride_ + lane ];
      const double now = trajectory( lag, 1, lane );
      settled = settled and std::fabs( now - before ) <= tolerance; // false if there was none
      before = now;
    }
  }
  return settled;
}

void
Coupling::describe( const size_t lane,
  const long from,
  const long to,
  const size_t order,
  std::vector< double >& coefficients ) const
{
  coefficients.assign( steps_ * ( order + 1 ), 0.0 );
  for ( long lag = from; lag < to; ++lag )
  {
    const double begin = trajectory( lag, 0, lane );
    const double change = trajectory( lag, 1, lane ) - begin;
    const double first = h_ * trajectory( lag, 2, lane );
    const double last = h_ * trajectory( lag, 3, lane );
    double* const polynomial = coefficients.data() + lag * ( order + 1 );
    polynomial[ 0 ] = begin;
    if ( order == 1 )
    {
      polynomial[ 1 ] = change;
    }
    if ( order == 3 )
    {
      polynomial[ 1 ] = first;
      polynomial[ 2 ] = 3.0 * change - 2.0 * first - last;
      polynomial[ 3 ] = first + last - 2.0 * change;
    }
  }
}

size_t
interpolation_order()
{
  return static_cast< size_t >( nest::kernel().simulation_manager.get_wfr_interpolation_order() );
}

double
relaxation_tolerance()
{
  return nest::kernel().simulation_manager.get_wfr_tol();
}

/* NEST's own way of sending such events looks the node up among those that are connected to devices, too, where
 * rows of our neurons are empty. No device has gap junctions. */
void
send_trajectory( const size_t tid, const uint64_t node_id, std::vector< double >& coefficients )
{
  nest::GapJunctionEvent event;
  event.set_coeffarray( coefficients );
  const size_t lid = place_in_thread( node_id );
  auto& buffer = nest::kernel().event_delivery_manager.*reveal( SecondaryEvents() );
  for ( const nest::synindex model : event.get_supported_syn_ids() )
  {
    for ( const size_t position :
      nest::kernel().connection_manager.get_secondary_send_buffer_positions( tid, lid, model ) )
    {
      auto place = buffer.begin() + static_cast< std::ptrdiff_t >( position );
      event >> place;
    }
  }
}

} // namespace nestml_jit
