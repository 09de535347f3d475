#include "slice/input_ring.h"

#include <algorithm>
#include <utility>

#include "nest/time_slices.h"

namespace nestml_jit
{

namespace
{

/* A spike that is sent in this slice arrives within so many steps after its beginning. */
size_t
needed_slots()
{
  return static_cast< size_t >( min_delay_steps() + max_delay_steps() );
}

} // namespace

bool
InputRing::has_present_delays() const
{
  return slots_ == needed_slots();
}

void
InputRing::fit( const Channels& channels, const size_t lanes )
{
  const size_t slots = needed_slots();
  slot_.resize( static_cast< size_t >( min_delay_steps() ) );
  if ( slots != slots_ or lanes != lanes_ or channels.sizes() != channels_.sizes() )
  {
    values_ = refitted( channels, slots, lanes );
    slots_ = slots;
    lanes_ = lanes;
    channel_stride_ = slots * lanes;
  }
  fit_channels( channels );
}

/* A ring with what the present one holds, or an empty one if that has another number of slots. */
LargeVector< double >
InputRing::refitted( const Channels& channels, const size_t slots, const size_t lanes ) const
{
  LargeVector< double > ring = zeros< double >( std::max< size_t >( 1, channels.size() ) * slots * lanes );
  const std::vector< uint32_t > rows = channels_.rows_in( channels );
  for ( size_t channel = 0; slots == slots_ and channel < rows.size(); ++channel )
  {
    for ( size_t slot = 0; was_active( channel ) and slot < slots; ++slot )
    {
      const double* const from = values_.data() + channel * channel_stride_ + slot * lanes_;
      std::copy_n( from, lanes_, ring.data() + ( rows[ channel ] * slots + slot ) * lanes );
    }
  }
  return ring;
}

/* Have flags for these channels; those that were ever active count as activated. */
void
InputRing::fit_channels( const Channels& channels )
{
  const std::vector< uint32_t > rows = channels_.rows_in( channels );
  std::vector< unsigned char > activated( std::max< size_t >( 1, channels.size() ), false );
  std::vector< int64_t > until( activated.size(), 0 );
  for ( size_t channel = 0; channel < rows.size(); ++channel )
  {
    activated[ rows[ channel ] ] = was_active( channel );
    until[ rows[ channel ] ] = active_until_[ channel ];
  }
  activated_ = std::move( activated );
  active_until_ = std::move( until );
  inactive_.assign( activated_.size(), false );
  channels_ = channels;
}

/* Whether anything may ever have been added to a channel. */
bool
InputRing::was_active( const size_t channel ) const
{
  return activated_[ channel ] or active_until_[ channel ] > 0;
}

/* What is added in a slice arrives before the ring has turned once, after which its rows are zero again. */
void
InputRing::begin_slice( const int64_t origin )
{
  for ( size_t lag = 0; lag < slot_.size(); ++lag )
  {
    slot_[ lag ] = ring_slot( lag );
  }
  for ( size_t channel = 0; channel < activated_.size(); ++channel )
  {
    if ( activated_[ channel ] )
    {
      activated_[ channel ] = false;
      active_until_[ channel ] = origin + static_cast< int64_t >( slots_ + slot_.size() );
    }
    inactive_[ channel ] = origin >= active_until_[ channel ];
  }
}

void
InputRing::save( const long from, const long to, SavedValues& saved )
{
  for ( long lag = from; lag < to; ++lag )
  {
    for ( size_t channel = 0; channel < inactive_.size(); ++channel )
    {
      if ( not inactive_[ channel ] )
      {
        saved.save( row( channel, static_cast< size_t >( lag ) ), lanes_ );
      }
    }
  }
}

void
InputRing::hold( const std::vector< uint32_t >& lanes, const uint32_t from, const uint32_t to, SavedValues& saved )
{
  for ( uint32_t lag = from; lag < to; ++lag )
  {
    for ( uint32_t channel = 0; channel < activated_.size(); ++channel )
    {
      for ( const uint32_t lane : lanes )
      {
        double* const value = row( channel, lag ) + lane;
        if ( *value != 0.0 )
        {
          saved.save( value, 1 );
          activate( channel );
        }
      }
    }
  }
}

void
InputRing::show( NjBlock& nj )
{
  nj.ring = values_.data();
  nj.lane_stride = lanes_;
  nj.channel_stride = channel_stride_;
  nj.slot = slot_.data();
  nj.inactive = inactive_.data();
}

} // namespace nestml_jit
