#include "nest/connection_notes.h"

#include <algorithm>
#include <vector>

#include "connection_manager.h"
#include "delay_checker.h"
#include "kernel_manager.h"
#include "source_table.h"

#include "nest/private_member.h"

namespace nestml_jit
{

struct Sources
{
  using type = nest::SourceTable nest::ConnectionManager::*;
  friend type reveal( Sources );
};

struct ConnectionCounts
{
  using type = std::vector< std::vector< size_t > > nest::ConnectionManager::*;
  friend type reveal( ConnectionCounts );
};

struct IncreaseCount
{
  using type = void ( nest::ConnectionManager::* )( size_t, nest::synindex );
  friend type reveal( IncreaseCount );
};

template struct Reveal< Sources, &nest::ConnectionManager::source_table_ >;
template struct Reveal< ConnectionCounts, &nest::ConnectionManager::num_connections_ >;
template struct Reveal< IncreaseCount, &nest::ConnectionManager::increase_connection_count >;

ConnectionNotes::ConnectionNotes( const size_t thread, const nest::synindex syn_id )
  : thread_( thread )
  , syn_id_( syn_id )
{
}

/* NEST takes a delay that lies between two others that it has taken. */
void
ConnectionNotes::check_delay( const double delay, const uint32_t steps )
{
  if ( steps < shortest_ or steps > longest_ )
  {
    nest::kernel().connection_manager.get_delay_checker().assert_valid_delay_ms( delay );
    shortest_ = std::min( shortest_, steps );
    longest_ = std::max( longest_, steps );
  }
}

size_t
ConnectionNotes::room_for( const size_t n ) const
{
  const auto& counts = ( nest::kernel().connection_manager.*reveal( ConnectionCounts() ) )[ thread_ ];
  return std::min< size_t >( n, nest::MAX_LCID - counts[ syn_id_ ] );
}

void
ConnectionNotes::note_sources( const uint64_t* const sources, const size_t n ) const
{
  nest::SourceTable& table = nest::kernel().connection_manager.*reveal( Sources() );
  auto& noted = table.get_thread_local_sources( thread_ )[ syn_id_ ];
  for ( size_t i = 0; i < n; ++i )
  {
    noted.push_back( nest::Source( sources[ i ], true ) );
  }
}

void
ConnectionNotes::count( const size_t n ) const
{
  nest::ConnectionManager& manager = nest::kernel().connection_manager;
  ( manager.*reveal( ConnectionCounts() ) )[ thread_ ][ syn_id_ ] += n - 1;
  ( manager.*reveal( IncreaseCount() ) )( thread_, syn_id_ );
}

} // namespace nestml_jit
