#include "nest/noise_sending.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <unordered_map>
#include <utility>

#include "nest_names.h"

#include "nest/common_sending.h"
#include "nest/input_targets.h"
#include "nest/private_member.h"
#include "nest/reached.h"
#include "nest/shell.h"
#include "nest/threads.h"
#include "nest/time_slices.h"
#include "neurons/block.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

// What a noise_generator keeps for its connections.
std::vector< double >& currents_of( nest::noise_generator& node );
long& step_of_next_currents( nest::noise_generator& node );
size_t& connections_of( nest::noise_generator& node );

template < auto buffers, auto parameters >
struct RevealNoise
{
  friend std::vector< double >&
  currents_of( nest::noise_generator& node )
  {
    return ( node.*buffers ).amps_;
  }

  friend long&
  step_of_next_currents( nest::noise_generator& node )
  {
    return ( node.*buffers ).next_step_;
  }

  friend size_t&
  connections_of( nest::noise_generator& node )
  {
    return ( node.*parameters ).num_targets_;
  }
};

template struct RevealNoise< &nest::noise_generator::B_, &nest::noise_generator::P_ >;

namespace
{

/* An event that brings each target its current. */
class NoiseEvent : public nest::CurrentEvent
{
public:
  NoiseEvent( const std::vector< double >& currents, const std::vector< uint32_t >& positions )
    : currents_( currents )
    , positions_( positions )
  {
  }

  void
  operator()() override
  {
    set_current( currents_[ positions_[ get_port() ] ] );
    get_receiver().handle( *this );
  }

private:
  const std::vector< double >& currents_;
  const std::vector< uint32_t >& positions_;
};

/* The targets of all connections of a device, [number of the connection]. */
std::vector< NoiseTarget >
noise_targets( const DeviceConnections& connections )
{
  std::vector< NoiseTarget > targets( connections.ours().size() + connections.others().size() );
  for ( const DeviceConnection& connection : connections.ours() )
  {
    targets[ connection.number ].node_id = connection.target->get_node_id();
  }
  for ( const OtherConnection& connection : connections.others() )
  {
    targets[ connection.number ].node_id = connection.node_id;
  }
  std::unordered_map< uint64_t, uint32_t > numbers;
  for ( NoiseTarget& target : targets )
  {
    target.number = numbers[ target.node_id ]++;
  }
  return targets;
}

} // namespace

NoiseSending::NoiseSending( nest::noise_generator& node,
  nest::ConnectorBase& whole,
  const DeviceConnections& connections,
  std::vector< size_t > others,
  const bool passes_all )
  : RemainingTargets( whole, std::move( others ), passes_all )
  , node_( node )
  , numbers_( noise_targets( connections ) )
  , seed_( connections.ours().front().target->block()->type().binding()->seed )
  , is_recordable_( number_of_threads() == 1 )
{
  std::vector< InputTarget > targets = input_targets( connections.ours(), Sent::currents );
  for ( size_t i = 0; i < targets.size(); ++i )
  {
    targets[ i ].position = numbers_.positions()[ connections.ours()[ i ].number ];
  }
  inputs_ = weighted_inputs( targets );
}

void
NoiseSending::read_parameters()
{
  Dictionary parameters;
  node_.get_status( parameters );
  const auto number = [ & ]( const std::string& name ) { return parameters.get< double >( name ); };
  mean_ = number( nest::names::mean );
  std_ = number( nest::names::std );
  std_mod_ = number( nest::names::std_mod );
  angular_frequency_ = number( nest::names::frequency ) * 2e-3 * std::numbers::pi;
  phase_ = number( nest::names::phase ) / 180.0 * std::numbers::pi;
  interval_ = steps_of_ms( number( nest::names::dt ) );
  start_ = steps_of_ms( number( nest::names::origin ) + number( nest::names::start ) );
  drawn_ = -1;
}

/* The first step of the simulation in which the generator may send: such that what it sends, with the shortest delay,
 * arrives in the step that begins at the start. */
int64_t
NoiseSending::first_active_step() const
{
  return std::max( reached_step(), start_ - 1 );
}

void
NoiseSending::begin_run( const bool is_changed )
{
  if ( is_changed )
  {
    read_parameters();
  }
  if ( connections_ == 0 )
  {
    node_.init(); // if it never was, NEST would do so now, and forget what follows
    take_currents();
  }
  connections_of( node_ ) = 1;
  step_of_next_currents( node_ ) = std::numeric_limits< long >::max();
  currents_of( node_ ).assign( 1, is_recordable_ ? mean_current( first_active_step() ) : 0.0 );
}

/* Connections that are new since the node had its currents get one for the rest of the present interval, whatever thread
 * they are on. NEST would draw anew for all of the thread. */
void
NoiseSending::take_currents()
{
  const std::vector< double >& kept = currents_of( node_ );
  const std::vector< uint32_t >& positions = numbers_.positions();
  connections_ = connections_of( node_ );
  until_ = step_of_next_currents( node_ );
  currents_.assign( numbers_.size(), 0.0 );
  next_ones_.resize( numbers_.size() );
  if ( kept.size() < positions.size() and until_ > reached_step() )
  {
    draw( std::max< int64_t >( 0, until_ - interval_ ) );
    currents_.swap( next_ones_ );
    drawn_ = -1;
  }
  for ( size_t i = 0; i < std::min( kept.size(), positions.size() ); ++i )
  {
    currents_[ positions[ i ] ] = kept[ i ];
  }
  mean_of_currents_ = numbers_.mean( currents_ );
}

/* NEST counts what is connected from now on. */
void
NoiseSending::end_run()
{
  if ( connections_ > 0 )
  {
    connections_of( node_ ) = connections_;
  }
}

void
NoiseSending::give_back()
{
  if ( connections_ == 0 )
  {
    return;
  }
  std::vector< double >& kept = currents_of( node_ );
  kept.assign( connections_, 0.0 );
  for ( size_t i = 0; i < numbers_.positions().size(); ++i )
  {
    kept[ i ] = currents_[ numbers_.positions()[ i ] ];
  }
  step_of_next_currents( node_ ) = until_;
}

/* The standard deviation of what is drawn in a step. */
double
NoiseSending::deviation( const int64_t step ) const
{
  const double time = resolution_ms() * static_cast< double >( step + 1 );
  const double modulation = std_mod_ == 0.0 ? 0.0 : std::sin( angular_frequency_ * time + phase_ );
  return std::sqrt( std_ * std_ + modulation * std_mod_ * std_mod_ );
}

/* Have the currents that begin with a step. */
void
NoiseSending::draw( const int64_t step )
{
  if ( step == drawn_ )
  {
    return;
  }
  drawn_ = step;
  const PhiloxKey key { static_cast< uint32_t >( seed_ ), static_cast< uint32_t >( node_.get_node_id() ) };
  const double* const numbers = numbers_.draw( key, step, interval_ );
  scale_numbers( numbers, mean_, deviation( step ), next_ones_.size(), next_ones_.data() );
  mean_of_next_ones_ = is_recordable_ ? numbers_.mean( next_ones_ ) : 0.0;
}

/* What NEST records of a step: the mean of the currents to all targets. */
double
NoiseSending::mean_current( const int64_t step )
{
  if ( step < until_ )
  {
    return mean_of_currents_;
  }
  draw( step );
  return mean_of_next_ones_;
}

void
NoiseSending::send_to_all( const size_t tid, const std::vector< nest::ConnectorModel* >& cm, nest::Event& e )
{
  const uint32_t lag = lag_of( e );
  const int64_t step = slice_origin() + lag;
  if ( step >= until_ )
  {
    draw( step );
    currents_.swap( next_ones_ );
    mean_of_currents_ = mean_of_next_ones_;
    drawn_ = -1;
    until_ = step + interval_;
  }
  for ( WeightedInput& input : inputs_ )
  {
    input.send_each( lag, currents_.data() );
  }
  NoiseEvent event( currents_, numbers_.positions() );
  event.set_stamp( e.get_stamp() );
  event.set_sender( node_ );
  RemainingTargets::send_to_all( tid, cm, event );
  if ( is_recordable_ )
  {
    currents_of( node_ ).front() = mean_current( step + 1 );
  }
}

} // namespace nestml_jit
