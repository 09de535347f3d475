#include "nest/connections.h"

#include "nest/reached.h"
#include "nest/shell.h"
#include "nest/synapse_model.h"

namespace nestml_jit
{

/* Keeps the connections' past alive in the blocks that they read. */
class Connections::Reader : public PastReader
{
public:
  explicit Reader( Connections& connections )
    : connections_( connections )
  {
  }

  int64_t
  oldest_needed() const override
  {
    return connections_.data.oldest_needed();
  }

  void
  ask_signals( const Block& block, SignalDemand& demand ) const override
  {
    if ( connections_.demand.reads_between( block ) )
    {
      connections_.refresh();
      connections_.demand.tell( block, connections_.modulation.views(), demand );
    }
  }

  bool
  emits() const override
  {
    return connections_.emission.emits();
  }

  void
  emit_until( const int64_t origin ) override
  {
    connections_.emit_until( origin );
  }

private:
  Connections& connections_;
};

Connections::Connections( const SynapseModel& of, const size_t thread, const nest::synindex syn_id )
  : TextHolder( thread )
  , model( of )
  , data( of.description() )
  , foreign( of, data, thread )
  , modulation( of )
  , delayed( of.get_name(), data )
  , ends( data, foreign, thread, syn_id )
  , sender( data, ends )
  , states( of.get_name(), data )
  , late( of, data, states, foreign )
  , order( data, late )
  , call( of, data, delayed, modulation, foreign, ends )
  , view( data, foreign )
  , emission( data, call, view, foreign, sender )
  , delivery( data, call, view, emission, modulation, foreign, sender )
  , advance( data, call, view )
  , earlier( data, advance, modulation )
  , demand( of.get_name(), data, ends )
  , shown( data, advance, states, demand, modulation, foreign )
  , reader_( std::make_shared< Reader >( *this ) )
{
}

/* The number of a pair of block and receptor; a new block is told of this reader if the synapse reads its past. */
size_t
Connections::target_of( Block* const block, const size_t rport )
{
  const size_t found = data.targets.find( block, rport );
  if ( found == data.targets.size() )
  {
    data.targets.add( block, rport, model.get_name() );
    const SynapseDescription& description = model.description();
    if ( block and ( description.has_post or description.reads_target or not description.modulatory.empty() ) )
    {
      block->readers().add( reader_ );
    }
  }
  return found;
}

void
Connections::push_back( nest::Node& target,
  const size_t rport,
  const uint32_t delay_steps,
  const std::vector< double >& row,
  const long label )
{
  Shell* const shell = as_shell( target );
  Block* const block = shell ? shell->block() : nullptr;
  host_state().generation.raise();
  const size_t kind = target_of( block, rport );
  const uint16_t delay = data.delays.index_of( delay_steps );
  const uint32_t lane = block ? static_cast< uint32_t >( shell->lane() ) : foreign.lane_of( target );
  data.append( 1, { kind, row, label, modulation.unheard( reached_step() ) }, &lane, &delay );
  if ( block and model.description().has_post )
  {
    block->past().begin( lane, reached_step() );
  }
}

void
Connections::refresh()
{
  order.refresh();
  modulation.take();
}

void
Connections::emit_until( const int64_t origin )
{
  refresh();
  sender.record_with( model.recorder() );
  emission.advance_all( origin );
  sender.record_with( nullptr );
}

/* With targets that are lanes of blocks threads come to a rest in each slice anyway. */
bool
Connections::rests() const
{
  return foreign.mirror() and data.size() > 0;
}

void
Connections::each_text( const std::function< void( double ) >& visit ) const
{
  data.table.each_text( visit );
}

} // namespace nestml_jit
