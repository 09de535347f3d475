#include "synapses/pasts.h"

#include <algorithm>
#include <map>
#include <utility>

namespace nestml_jit
{

Pasts::Pasts( const RunIndex& index, const SynapseTable& table )
  : index_( index )
  , table_( table )
{
  const auto columns = table.columns();
  const bool alike =
    std::all_of( columns.begin(), columns.end(), []( const SynapseColumn& column ) { return column.tail.empty(); } );
  const size_t segments = index.segments().size();
  if ( alike and index.indexed() < index.size() )
  {
    starts_.push_back( start( index.indexed() ) );
  }
  if ( alike and segments + starts_.size() <= 1 )
  {
    return;
  }
  group_.assign( index.size(), static_cast< uint32_t >( segments ) );
  for ( const Run& run : index.runs() )
  {
    std::fill_n( group_.begin() + run.first, run.size, run.segment );
  }
  if ( not alike )
  {
    group_new();
  }
}

/* The "source" variables that a new connection starts with. */
std::vector< double >
Pasts::start( const size_t lcid ) const
{
  std::vector< double > values;
  for ( const SynapseColumn& column : table_.columns() )
  {
    if ( column.mode == SynapseColumn::Mode::source )
    {
      values.push_back( column.start( lcid - index_.indexed() ) );
    }
  }
  return values;
}

void
Pasts::group_new()
{
  std::map< std::vector< double >, uint32_t > known;
  for ( size_t lcid = index_.indexed(); lcid < index_.size(); ++lcid )
  {
    const auto number = static_cast< uint32_t >( index_.segments().size() + starts_.size() );
    std::vector< double > values = start( lcid );
    const auto [ found, is_new ] = known.emplace( values, number );
    group_[ lcid ] = found->second;
    if ( is_new )
    {
      starts_.push_back( std::move( values ) );
    }
  }
}

Segment
Pasts::segment( const uint32_t group ) const
{
  const auto segments = index_.segments();
  return group < segments.size() ? segments[ group ] : index_.fresh_segment();
}

std::vector< double >
Pasts::source_values( const uint32_t group ) const
{
  const size_t segments = index_.segments().size();
  if ( group >= segments )
  {
    return starts_[ group - segments ];
  }
  std::vector< double > values;
  for ( const SynapseColumn& column : table_.columns() )
  {
    if ( column.mode == SynapseColumn::Mode::source )
    {
      values.push_back( column.values[ group ] );
    }
  }
  return values;
}

} // namespace nestml_jit
