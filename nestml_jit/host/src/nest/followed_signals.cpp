#include "nest/followed_signals.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "host_state.h"
#include "nest/synapse_model.h"
#include "nest/time_slices.h"
#include "synapses/target.h"

namespace nestml_jit
{

FollowedSignals::FollowedSignals( const SynapseModel& model,
  const RunIndex& index,
  Mirror& mirror,
  const size_t thread )
  : model_( model )
  , index_( index )
  , mirror_( mirror )
  , source_( Recordables::of( thread ) )
  , written_( slice_origin() )
{
  for ( const auto& [ port, name ] : model.recordables() )
  {
    if ( std::find( names_.begin(), names_.end(), name ) == names_.end() )
    {
      names_.push_back( name );
    }
  }
  source_.add( *this );
}

FollowedSignals::~FollowedSignals()
{
  source_.remove( *this );
}

void
FollowedSignals::add( nest::Node& node )
{
  for ( const std::string& name : names_ )
  {
    numbers_.push_back( source_.follow( node, name ) );
  }
}

void
FollowedSignals::fetch()
{
  source_.fetch();
}

void
FollowedSignals::fit( const Binding& binding )
{
  keep( binding, needed( binding, written_ ) );
}

void
FollowedSignals::expect( const int64_t last )
{
  const Binding* const binding = model_.foreign_binding();
  if ( not binding )
  {
    return;
  }
  if ( epoch_ != host_state().binding_epoch or mirror_.nj().lane_stride != mirror_.lanes() )
  {
    mirror_.prepare( binding->seed );
    fit( *binding );
  }
  if ( last - static_cast< int64_t >( signals_.steps() ) <= unused_ )
  {
    return;
  }
  const int64_t steps = needed( *binding, last );
  if ( steps + steps / 4 > static_cast< int64_t >( signals_.steps() ) )
  {
    keep( *binding, steps );
  }
  unused_ = last - steps;
}

void
FollowedSignals::take( const int64_t first, const int64_t last )
{
  const Binding* const binding = model_.foreign_binding();
  if ( not binding or not signals_.data() )
  {
    written_ = last;
    return;
  }
  const size_t width = binding->signals.size();
  const size_t lanes = mirror_.nj().lane_stride;
  for ( size_t k = 0; k < names_.size(); ++k )
  {
    const auto place = std::find( binding->signals.begin(), binding->signals.end(), names_[ k ] );
    const auto signal = static_cast< size_t >( place - binding->signals.begin() );
    for ( int64_t step = first + 1; signal < width and step <= last; ++step )
    {
      const size_t row = static_cast< uint64_t >( step ) & ( signals_.steps() - 1 );
      double* const values = signals_.data() + ( row * width + signal ) * lanes;
      for ( size_t lane = 0; lane < lanes; ++lane )
      {
        values[ lane ] = source_.value( numbers_[ lane * names_.size() + k ], step - first - 1 );
      }
    }
  }
  written_ = last;
  show();
}

/* How many steps connections may ask for when those up to `last` are there: those of the slices that a spike takes to be
 * delivered, or since connections were last up to date. */
int64_t
FollowedSignals::needed( const Binding& binding, const int64_t last ) const
{
  return last - std::min( last - 2 * min_delay_steps(), oldest( binding ) );
}

/* If a delivery reads signals of times between presynaptic spikes, the step that all connections have passed. */
int64_t
FollowedSignals::oldest( const Binding& binding ) const
{
  const BoundDelivery* const bound = find_delivery( &binding, model_.get_name() );
  return bound and bound->flush ? index_.oldest_done() : std::numeric_limits< int64_t >::max();
}

void
FollowedSignals::keep( const Binding& binding, const int64_t steps )
{
  signals_.fit( binding.signals,
    std::bit_ceil( static_cast< uint64_t >( steps + steps / 4 ) ),
    mirror_.nj().lane_stride,
    written_,
    [ & ]( const std::string& name, const size_t lane )
    {
      const auto found = std::find( names_.begin(), names_.end(), name );
      const auto k = static_cast< size_t >( found - names_.begin() );
      return k < names_.size() ? source_.last( numbers_[ lane * names_.size() + k ] ) : 0.0;
    } );
  show();
  epoch_ = host_state().binding_epoch;
}

/* Let the kernel see the signals that are there. */
void
FollowedSignals::show()
{
  signals_.write( written_ );
  signals_.show( mirror_.nj() );
}

} // namespace nestml_jit
