#include "nest/device_rows.h"

#include <algorithm>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "kernel_manager.h"

#include "nest/connection_models.h"
#include "nest/private_member.h"
#include "nest/threads.h"

namespace nestml_jit
{

struct DeviceTable
{
  using type = nest::TargetTableDevices nest::ConnectionManager::*;
  friend type reveal( DeviceTable );
};

struct ToDevices
{
  using type = std::vector< std::vector< std::vector< nest::ConnectorBase* > > > nest::TargetTableDevices::*;
  friend type reveal( ToDevices );
};

struct FromDevices
{
  using type = std::vector< std::vector< std::vector< nest::ConnectorBase* > > > nest::TargetTableDevices::*;
  friend type reveal( FromDevices );
};

struct SendingDevices
{
  using type = std::vector< std::vector< size_t > > nest::TargetTableDevices::*;
  friend type reveal( SendingDevices );
};

struct TargetTable
{
  using type = nest::TargetTable nest::ConnectionManager::*;
  friend type reveal( TargetTable );
};

struct SecondaryPositions
{
  using type = std::vector< std::vector< std::vector< std::vector< size_t > > > > nest::TargetTable::*;
  friend type reveal( SecondaryPositions );
};

template struct Reveal< DeviceTable, &nest::ConnectionManager::target_table_devices_ >;
template struct Reveal< ToDevices, &nest::TargetTableDevices::target_to_devices_ >;
template struct Reveal< FromDevices, &nest::TargetTableDevices::target_from_devices_ >;
template struct Reveal< SendingDevices, &nest::TargetTableDevices::sending_devices_node_ids_ >;
template struct Reveal< TargetTable, &nest::ConnectionManager::target_table_ >;
template struct Reveal< SecondaryPositions, &nest::TargetTable::secondary_send_buffer_pos_ >;

namespace
{

/* Rows that take so much memory that it should go back to the system when they are emptied: a megabyte or two. */
constexpr size_t many_rows = 1000;

auto&
to_devices()
{
  return nest::kernel().connection_manager.*reveal( DeviceTable() ).*reveal( ToDevices() );
}

auto&
from_devices()
{
  return nest::kernel().connection_manager.*reveal( DeviceTable() ).*reveal( FromDevices() );
}

auto&
connection_models()
{
  return nest::kernel().model_manager.*reveal( ConnectionModels() );
}

/* Swap a table with an empty one for as many threads. */
template < typename Table >
void
exchange( Table& table, Table& kept )
{
  kept.assign( table.size(), {} );
  kept.swap( table );
}

/* Give memory of rows that were emptied back to the system. */
void
trim( [[maybe_unused]] const size_t rows )
{
#ifdef __GLIBC__
  if ( rows >= many_rows )
  {
    malloc_trim( 0 );
  }
#endif
}

} // namespace

const void*
DeviceRows::row( const size_t tid, const size_t lid )
{
  return to_devices()[ tid ].data() + lid;
}

/* NEST makes rows for all nodes when it creates some. It then sees no synapse models, so that the rows are empty. */
void
DeviceRows::put_aside( const bool creating, const bool ours )
{
  if ( is_aside_ )
  {
    throw nest::KernelException( "NEST's table of connections to devices is put aside already." );
  }
  creating_ = creating;
  ours_ = ours;
  exchange( to_devices(), to_devices_ );
  if ( creating )
  {
    exchange( from_devices(), from_devices_ );
    exchange( connection_models(), models_ );
  }
  is_aside_ = true;
}

void
DeviceRows::put_back()
{
  if ( not std::exchange( is_aside_, false ) )
  {
    return;
  }
  ++changes;
  to_devices_.swap( to_devices() );
  if ( creating_ )
  {
    from_devices_.swap( from_devices() );
    models_.swap( connection_models() );
  }
  Table().swap( to_devices_ );
  Table().swap( from_devices_ );
  const size_t known = to_devices().front().size();
  if ( creating_ )
  {
    nest::kernel().connection_manager.resize_target_table_devices_to_number_of_neurons();
  }
#pragma omp parallel
  {
    fit( this_thread(), known );
  }
}

/* Give a thread's rows as many pointers as there are synapse models, other than those of our neurons. Before nodes
 * were created there were `known` rows, the last two of which may be of new nodes. */
void
DeviceRows::fit( const size_t tid, const size_t known )
{
  const size_t models = nest::kernel().model_manager.get_num_connection_models();
  auto& rows = to_devices()[ tid ];
  const size_t first_new = known - std::min< size_t >( known, 2 );
  for ( size_t lid = creating_ ? first_new : 0; lid < rows.size(); ++lid )
  {
    if ( not rows[ lid ].empty() or ( creating_ and not ours_ ) )
    {
      rows[ lid ].reserve( models ); // no room for models to come
      rows[ lid ].resize( models, nullptr );
    }
  }
  for ( Row& row : from_devices()[ tid ] )
  {
    row.resize( models, nullptr );
  }
}

/* A connection to a device is one of the node's thread, or of the device's if there is one device per process. */
void
DeviceRows::fill( const uint64_t* const ids, const size_t n )
{
  const size_t models = nest::kernel().model_manager.get_num_connection_models();
  ++changes;
  Table& table = to_devices();
  const size_t count = ids ? n : table.front().size();
  for ( size_t i = 0; i < count; ++i )
  {
    const size_t lid = ids ? place_in_thread( ids[ i ] ) : i;
    for ( size_t tid = 0; tid < table.size(); ++tid )
    {
      if ( lid < table[ tid ].size() and table[ tid ][ lid ].empty() )
      {
        table[ tid ][ lid ].resize( models, nullptr );
        filled_.emplace_back( tid, lid );
      }
    }
  }
}

void
DeviceRows::empty_unused()
{
  Table& table = to_devices();
  size_t emptied = 0;
  for ( const auto& [ tid, lid ] : filled_ )
  {
    Row& row = table.at( tid ).at( lid );
    if ( std::all_of( row.begin(), row.end(), []( const nest::ConnectorBase* c ) { return c == nullptr; } ) )
    {
      Row().swap( row );
      ++emptied;
    }
  }
  forget();
  trim( emptied );
}

void
DeviceRows::forget()
{
  std::vector< std::pair< size_t, size_t > >().swap( filled_ );
}

const std::vector< size_t >&
sending_devices( const size_t thread )
{
  const auto& table = nest::kernel().connection_manager.*reveal( DeviceTable() );
  return ( table.*reveal( SendingDevices() ) ).at( thread );
}

std::vector< nest::ConnectorBase* >&
connectors_from_device( const size_t thread, const size_t device )
{
  return from_devices().at( thread ).at( device );
}

std::vector< std::vector< nest::ConnectorBase* > >&
rows_to_devices( const size_t thread )
{
  return to_devices().at( thread );
}

bool
has_devices( const uint64_t first_id, const uint64_t last_id )
{
  auto& ranges = nest::kernel().modelrange_manager;
  for ( const nest::modelrange& range : ranges )
  {
    if ( range.get_first_node_id() <= last_id and first_id <= range.get_last_node_id()
      and not nest::kernel().model_manager.get_node_model( range.get_model_id() )->has_proxies() )
    {
      return true;
    }
  }
  return false;
}

void
empty_secondary_rows( const size_t tid, const std::vector< uint64_t >& node_ids )
{
  auto& rows = ( nest::kernel().connection_manager.*reveal( TargetTable() ).*reveal( SecondaryPositions() ) ).at( tid );
  const size_t last = node_ids.empty() ? rows.size() : place_in_thread( node_ids.back() );
  if ( last >= rows.size() or rows[ last ].empty() )
  {
    return; // they were emptied before, and connections are the same
  }
  for ( const uint64_t node_id : node_ids )
  {
    std::vector< std::vector< size_t > >().swap( rows[ place_in_thread( node_id ) ] );
  }
  trim( node_ids.size() );
}

} // namespace nestml_jit
