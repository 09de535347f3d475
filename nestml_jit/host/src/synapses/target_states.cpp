#include "synapses/target_states.h"

#include <algorithm>

#include "neurons/neuron_type.h"

namespace nestml_jit
{

TargetStates::TargetStates( const std::string& model, ConnectionData& data )
  : model_( model )
  , data_( data )
{
}

const BoundDelivery*
TargetStates::attached( const Target& target ) const
{
  Block* const block = target.block();
  if ( not block or not block->past().is_fitted() or not block->nj().history )
  {
    return nullptr;
  }
  return find_delivery( block->type().binding(), model_ );
}

std::vector< double >
TargetStates::at( const BoundDelivery& bound, const size_t lcid, const int64_t step )
{
  const RunIndex& index = data_.index;
  Block& block = *data_.target( lcid ).block();
  NjDelivery delivery {};
  delivery.block = &block.nj();
  delivery.delay_steps = data_.delays.all().data();
  delivery.scalar = bound.scalars.data();
  delivery.scratch = bound.scratch.data();
  const int64_t done = lcid < index.indexed() ? data_.done( index.run( lcid ), lcid ) : index.since();
  const int64_t when = std::max( done, step );
  const uint32_t lane = data_.places.lane( lcid );
  const uint16_t delay = data_.places.delay( lcid );
  const NjRun view { &lane, &delay, nullptr, 1, when, when, 0 };
  const int64_t there = when - static_cast< int64_t >( data_.delays.steps( delay ) );
  if ( not block.past().history().reaches( lane, there ) )
  {
    recollection_.recall( block.nj(), block.past().history(), &lane, 1, there );
    delivery.block = &recollection_.block();
  }
  std::vector< double > values( bound.moved.size() + bound.late_states.size() );
  bound.functions->look( &delivery, &view, 0, values.data() );
  return values;
}

bool
TargetStates::show( const size_t lcid, std::vector< double >& row, const int64_t step )
{
  const Target& target = data_.target( lcid );
  const BoundDelivery* const bound = attached( target );
  if ( not bound or not bound->functions->look
    or data_.places.lane( lcid ) >= target.block()->past().history().lanes() )
  {
    return false;
  }
  const std::vector< double > values = at( *bound, lcid, step );
  for ( size_t m = 0; m < bound->moved.size(); ++m )
  {
    const size_t c = data_.table.description().variables.find( bound->moved[ m ] );
    if ( data_.table.is_untouched( c, lcid ) )
    {
      row[ c ] = values[ m ];
    }
  }
  return true;
}

bool
TargetStates::keeps( const size_t column ) const
{
  const std::string& name = data_.table.description().variables[ column ].name;
  for ( size_t kind = 0; kind < data_.targets.size(); ++kind )
  {
    const BoundDelivery* const bound = attached( data_.targets[ kind ] );
    if ( bound and std::find( bound->moved.begin(), bound->moved.end(), name ) != bound->moved.end() )
    {
      return true;
    }
  }
  return false;
}

/* Those of the columns that neurons of a type keep for the connections. */
std::vector< size_t >
TargetStates::kept_by( const NeuronType& type, const std::vector< std::string >& columns ) const
{
  std::vector< size_t > kept;
  const BoundDelivery* const bound = find_delivery( type.binding(), model_ );
  for ( size_t m = 0; bound and m < bound->moved.size(); ++m )
  {
    const std::string& name = bound->moved[ m ];
    if ( std::find( columns.begin(), columns.end(), name ) != columns.end() )
    {
      kept.push_back( data_.table.description().variables.find( name ) );
    }
  }
  return kept;
}

void
TargetStates::take_back( const NeuronType& type, const std::vector< std::string >& columns )
{
  const std::vector< size_t > kept = kept_by( type, columns );
  std::vector< double > row( data_.table.columns().size() );
  for ( size_t lcid = 0; not kept.empty() and lcid < data_.size(); ++lcid )
  {
    Block* const block = data_.target( lcid ).block();
    if ( not block or &block->type() != &type or not show( lcid, row, INT64_MIN ) )
    {
      continue;
    }
    for ( const size_t c : kept )
    {
      if ( data_.table.is_untouched( c, lcid ) )
      {
        data_.table.set_value( c, lcid, row[ c ] );
      }
    }
  }
}

} // namespace nestml_jit
