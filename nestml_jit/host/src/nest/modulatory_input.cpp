#include "nest/modulatory_input.h"

#include <algorithm>

#include "volume_transmitter.h"

#include "nest/synapse_model.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

ModulatoryInput::ModulatoryInput( const SynapseModel& model )
  : model_( model )
  , ports_( model.description().modulatory.size() )
  , views_( ports_.size() )
{
}

void
ModulatoryInput::take_all()
{
  for ( size_t port = 0; port < ports_.size(); ++port )
  {
    ports_[ port ].take( model_.transmitters()[ port ]->deliver_spikes() );
    views_[ port ] = ports_[ port ].view();
  }
}

void
ModulatoryInput::deliver( const RunIndex& index, const int64_t told )
{
  take();
  if ( is_long() )
  {
    forget( index.oldest_done() );
  }
  due_ = slice_origin();
  told_ = told;
}

int64_t
ModulatoryInput::unheard( const int64_t now ) const
{
  if ( model_.description().reads_target or model_.description().emits_apart )
  {
    return INT64_MAX;
  }
  int64_t delivered = 0;
  for ( size_t port = 0; port < ports_.size(); ++port )
  {
    delivered = std::max( delivered, ModulatorySpikes::delivered( model_.transmitters()[ port ]->deliver_spikes() ) );
  }
  int64_t first = INT64_MAX;
  for ( size_t port = 0; port < ports_.size(); ++port )
  {
    const auto& spikes = model_.transmitters()[ port ]->deliver_spikes();
    first = std::min( first, ModulatorySpikes::first_after( spikes, delivered ) );
  }
  return first <= now ? first - 1 : INT64_MAX;
}

/* Say if there are twice as many spikes as there were left the last time. */
bool
ModulatoryInput::is_long() const
{
  constexpr size_t few = 64;
  const size_t many = std::max( few, 2 * kept_ );
  return std::any_of(
    ports_.begin(), ports_.end(), [ many ]( const ModulatorySpikes& spikes ) { return spikes.size() >= many; } );
}

/* Forget spikes up to a step. */
void
ModulatoryInput::forget( const int64_t used )
{
  kept_ = 0;
  for ( size_t port = 0; port < ports_.size(); ++port )
  {
    ports_[ port ].forget( used );
    views_[ port ] = ports_[ port ].view();
    kept_ = std::max( kept_, ports_[ port ].size() );
  }
}

} // namespace nestml_jit
