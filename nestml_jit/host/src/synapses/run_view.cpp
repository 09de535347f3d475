#include "synapses/run_view.h"

#include <algorithm>

#include "nest/time_slices.h"

namespace nestml_jit
{

RunView::RunView( ConnectionData& data, ForeignTargets& foreign )
  : data_( data )
  , foreign_( foreign )
{
}

/* Say if all connections of a run have the same delay and variables, for synapses that change nothing about them. */
bool
RunView::is_alike( Run& run ) const
{
  if ( run.alike == Alike::unknown )
  {
    const auto equal = [ & ]( const auto& values )
    {
      const auto first = values.begin() + run.first;
      return std::all_of( first, first + run.size, [ first ]( const auto value ) { return value == *first; } );
    };
    const auto delays = [ & ]
    {
      const uint16_t* const first = data_.places.delays( run.first, run.size );
      return std::all_of( first, first + run.size, [ first ]( const uint16_t index ) { return index == *first; } );
    };
    const auto columns = data_.table.columns();
    const bool alike = not data_.table.description().plastic and ( data_.places.have_one_delay() or delays() )
      and std::all_of( columns.begin(),
        columns.end(),
        [ & ]( const SynapseColumn& column )
        { return column.mode != SynapseColumn::Mode::connection or equal( column.values ); } );
    run.alike = alike ? Alike::yes : Alike::no;
  }
  return run.alike == Alike::yes;
}

NjRun
RunView::whole( Run& run, const Target& target )
{
  pointers_.clear();
  for ( const size_t c : target.columns() )
  {
    pointers_.push_back( data_.table.begin( c, run ) );
  }
  const Segment& segment = data_.index.segment( run );
  return NjRun { data_.places.lanes( run.first, run.size ),
    data_.places.delays( run.first, run.size ),
    pointers_.data(),
    run.size,
    segment.t_last,
    segment.t_done,
    is_alike( run ) };
}

/* The block whose lanes a target's connections have. */
NjBlock&
RunView::block_of( const Target& target ) const
{
  return target.block() ? target.block()->nj() : foreign_.mirror()->nj();
}

/* The past that a delivery reads, or null. */
const History*
RunView::past_of( const Target& target ) const
{
  if ( not target.bound()->uses_history )
  {
    return nullptr;
  }
  return target.block() ? &target.block()->past().history() : &foreign_.mirror()->history();
}

bool
RunView::is_plain( const Run& run, const Target& target ) const
{
  const History* const past = past_of( target );
  return data_.ahead.is_same() and ( not past or past->reach( data_.index.segment( run ).t_done - max_delay_steps() ) );
}

/* A part of a run, whose columns are `columns`; `pointers_` are then those of the part. */
NjRun
RunView::part_of( const NjRun& whole,
  const Target& target,
  const std::vector< double* >& columns,
  const size_t begin,
  const size_t size )
{
  NjRun part = whole;
  part.lane += begin;
  part.delay += begin;
  part.size = static_cast< uint32_t >( size );
  for ( size_t i = 0; i < columns.size(); ++i )
  {
    const SynapseColumn& column = data_.table.columns()[ target.columns()[ i ] ];
    pointers_[ i ] = columns[ i ] + ( column.mode == SynapseColumn::Mode::source ? 0 : begin );
  }
  return part;
}

/* Give a part of a run, number `begin` and following, what it needs of its targets' past, and make it shorter if its
 * connections are not equally far, or that would be too much at once. */
void
RunView::equip( NjRun& part, const Run& run, Target& target, const size_t begin )
{
  NjBlock& block = block_of( target );
  target.delivery().block = &block;
  const size_t first = run.first + begin;
  part.t_done = data_.done( run, first );
  uint32_t size = 1;
  while ( size < part.size and data_.done( run, first + size ) == part.t_done )
  {
    ++size;
  }
  part.size = size;
  const History* const past = past_of( target );
  const int64_t needed = part.t_done - max_delay_steps();
  if ( past and not past->reach( needed ) )
  {
    part.size = static_cast< uint32_t >( recollection_.recall( block, *past, part.lane, size, needed ) );
    target.delivery().block = &recollection_.block();
  }
}

NjRun
RunView::copy( const size_t lcid, Target& target, std::vector< double >& values )
{
  Run& run = data_.index.run( lcid );
  const NjRun all = whole( run, target );
  const std::vector< double* > columns = pointers_;
  NjRun part = part_of( all, target, columns, lcid - run.first, 1 );
  equip( part, run, target, lcid - run.first );
  values.resize( pointers_.size() );
  for ( size_t i = 0; i < values.size(); ++i )
  {
    values[ i ] = *pointers_[ i ];
    pointers_[ i ] = &values[ i ];
  }
  return part;
}

void
RunView::end_part( Target& target )
{
  target.delivery().block = &block_of( target );
}

} // namespace nestml_jit
