/* What connections may still ask of the third factors of their targets. */
#include "synapses/connector.h"

#include "kernel_manager.h"

#include "nest/synapse_model.h"

namespace nestml_jit
{

void
ColumnarConnector::Reader::ask_signals( const Block& block, SignalDemand& demand ) const
{
  connector_.ask_signals( block, demand );
}

/* Say what the connections onto a block that are behind may ask for. Those that are about to be removed do not. */
void
ColumnarConnector::ask_signals( const Block& block, SignalDemand& demand )
{
  const auto& deliveries = deliveries_of( block.type().binding() );
  const auto found = deliveries.find( model_->get_name() );
  if ( found == deliveries.end() or not found->second.flush )
  {
    return;
  }
  follow_stretches();
  split_disabled();
  take_modulation();
  Asking asking { &block, &found->second, &demand, {} };
  for ( const NjModulation& spikes : modulation_ )
  {
    asking.modulation.push_back( demand.add_modulation( spikes ) );
  }
  for ( const Run& run : runs_ )
  {
    const int64_t since = segments_[ run.segment ].t_done;
    if ( not run.disabled and since < demand.until() and targets_[ run.kind ].block == &block )
    {
      ask_signals( run.first, run.size, since, asking );
      if ( since < demand.oldest().since )
      {
        demand.note_source( { since, model_->get_name(), source_id( run ), found->second.every_step } );
      }
    }
  }
  for ( size_t lcid = indexed_; lcid < size() and since_ < demand.until(); ++lcid )
  {
    if ( targets_[ kind( lcid ) ].block == &block )
    {
      ask_signals( lcid, 1, since_, asking );
      demand.note_source( { since_, model_->get_name(), 0, found->second.every_step } );
    }
  }
}

void
ColumnarConnector::ask_signals( const size_t first, const size_t size, const int64_t since, const Asking& asking ) const
{
  for ( size_t lcid = first; lcid < first + size; ++lcid )
  {
    const uint32_t lane = places_.lane( lcid );
    if ( asking.bound->every_step )
    {
      asking.demand->ask_every_step( lane, since );
      continue;
    }
    if ( asking.bound->uses_history )
    {
      asking.demand->ask_spikes( lane, delay_steps_[ places_.delay( lcid ) ], since );
    }
    for ( const size_t number : asking.modulation )
    {
      asking.demand->ask_modulation( lane, number, since );
    }
  }
}

/* Whether a connection reads third factors of times between presynaptic spikes. */
bool
ColumnarConnector::reads_signals( const size_t lcid ) const
{
  const Block* const block = targets_[ kind( lcid ) ].block;
  if ( not block or not can_pass( lcid ) )
  {
    return false;
  }
  return deliveries_of( block->type().binding() ).at( model_->get_name() ).flush;
}

/* Give a connection another delay. What has reached it before arrived with the old one: of third factors just the
 * values of these times are kept, so that all that is known to act on it does so now. */
void
ColumnarConnector::set_delay( const size_t lcid, const double delay )
{
  const auto steps = static_cast< uint32_t >( nest::Time::delay_ms_to_steps( delay ) );
  if ( steps != delay_steps_[ places_.delay( lcid ) ] and reads_signals( lcid ) )
  {
    const int64_t origin = nest::kernel().simulation_manager.get_slice_origin().get_steps();
    const int64_t known = origin - nest::kernel().connection_manager.get_min_delay();
    if ( done( runs_[ run_of( lcid ) ], lcid ) < known )
    {
      take_modulation();
      bring( lcid, known, INT64_MIN );
    }
  }
  places_.set_delay( lcid, delay_index( steps ) );
  forget_alike( lcid );
}

} // namespace nestml_jit
