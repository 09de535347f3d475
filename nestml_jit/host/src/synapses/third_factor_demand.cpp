#include "synapses/third_factor_demand.h"

#include "neurons/neuron_type.h"

namespace nestml_jit
{

ThirdFactorDemand::ThirdFactorDemand( const std::string& model, const ConnectionData& data, ConnectionEnds& ends )
  : model_( model )
  , data_( data )
  , ends_( ends )
{
}

bool
ThirdFactorDemand::reads_between( const Block& block ) const
{
  const BoundDelivery* const bound = find_delivery( block.type().binding(), model_ );
  return bound and bound->flush;
}

void
ThirdFactorDemand::tell( const Block& block, const std::vector< NjModulation >& modulation, SignalDemand& demand )
{
  Asking asking { *find_delivery( block.type().binding(), model_ ), demand, {} };
  for ( const NjModulation& spikes : modulation )
  {
    asking.modulation.push_back( demand.add_modulation( spikes ) );
  }
  const RunIndex& index = data_.index;
  for ( const Run& run : index.runs() )
  {
    const int64_t since = index.segment( run ).t_done;
    if ( not run.disabled and since < demand.until() and data_.targets[ run.kind ].block() == &block )
    {
      ask( run.first, run.size, since, asking );
      if ( since < demand.oldest().since )
      {
        demand.note_source( { since, model_, ends_.source_id( run ), asking.bound.every_step } );
      }
    }
  }
  for ( size_t lcid = index.indexed(); lcid < data_.size() and index.since() < demand.until(); ++lcid )
  {
    if ( data_.target( lcid ).block() == &block )
    {
      ask( lcid, 1, index.since(), asking );
      demand.note_source( { index.since(), model_, 0, asking.bound.every_step } );
    }
  }
}

void
ThirdFactorDemand::ask( const size_t first, const size_t size, const int64_t since, const Asking& asking ) const
{
  for ( size_t lcid = first; lcid < first + size; ++lcid )
  {
    const uint32_t lane = data_.places.lane( lcid );
    if ( asking.bound.every_step )
    {
      asking.demand.ask_every_step( lane, since );
      continue;
    }
    if ( asking.bound.uses_history )
    {
      asking.demand.ask_spikes( lane, data_.delay_steps( lcid ), since );
    }
    if ( asking.bound.at_spikes )
    {
      asking.demand.ask_spikes( lane, 0, since - static_cast< int64_t >( data_.delay_steps( lcid ) ) );
    }
    for ( const size_t number : asking.modulation )
    {
      asking.demand.ask_modulation( lane, number, since );
    }
  }
}

} // namespace nestml_jit
