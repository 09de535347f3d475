/* NEST's tables that have an entry per synapse model for every neuron, whether anything is in it or not. */
#ifndef NESTML_JIT_NEST_TABLES_H
#define NESTML_JIT_NEST_TABLES_H

#include <cstddef>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "kernel_manager.h"

namespace nestml_jit
{

/* NEST offers no way to these members. The language lets an explicit instantiation name them. */
template < typename Tag, typename Tag::type Member >
struct Exposed
{
  friend constexpr typename Tag::type
  member( Tag )
  {
    return Member;
  }
};

struct TargetTableMember
{
  using type = nest::TargetTable nest::ConnectionManager::*;
  friend constexpr type member( TargetTableMember );
};

struct DeviceTableMember
{
  using type = nest::TargetTableDevices nest::ConnectionManager::*;
  friend constexpr type member( DeviceTableMember );
};

struct SecondaryMember
{
  using type = std::vector< std::vector< std::vector< std::vector< size_t > > > > nest::TargetTable::*;
  friend constexpr type member( SecondaryMember );
};

struct ToDevicesMember
{
  using type = std::vector< std::vector< std::vector< nest::ConnectorBase* > > > nest::TargetTableDevices::*;
  friend constexpr type member( ToDevicesMember );
};

template struct Exposed< TargetTableMember, &nest::ConnectionManager::target_table_ >;
template struct Exposed< DeviceTableMember, &nest::ConnectionManager::target_table_devices_ >;
template struct Exposed< SecondaryMember, &nest::TargetTable::secondary_send_buffer_pos_ >;
template struct Exposed< ToDevicesMember, &nest::TargetTableDevices::target_to_devices_ >;

/* Give back what a thread's tables keep in vain for neurons that send spikes and nothing else: places in the
 * buffer of secondary events (24 bytes per neuron and synapse model, made anew whenever NEST builds its tables),
 * and room for twice as many synapse models as there are.
 *
 * `lids` are the neurons' numbers on this process. Nobody asks for the places of a node that sends no secondary
 * events; the other table keeps its length. */
class NestTables
{
public:
  explicit NestTables( const size_t thread )
    : secondary_( ( connections().*member( TargetTableMember() ) ).*member( SecondaryMember() ) )
    , to_devices_( ( connections().*member( DeviceTableMember() ) ).*member( ToDevicesMember() ) )
    , thread_( thread )
  {
  }

  void
  release( const size_t lid )
  {
    if ( thread_ < to_devices_.size() and lid < to_devices_[ thread_ ].size() )
    {
      auto& row = to_devices_[ thread_ ][ lid ];
      if ( row.capacity() > row.size() )
      {
        auto exact = row;
        row.swap( exact );
        wide_.push_back( std::move( exact ) );
      }
    }
    if ( thread_ < secondary_.size() and lid < secondary_[ thread_ ].size() )
    {
      places_.push_back( std::move( secondary_[ thread_ ][ lid ] ) );
      secondary_[ thread_ ][ lid ].clear();
    }
  }

  /* Let the system have the memory back, all of it together: if some were freed while other memory is asked for,
   * that would take a bit of each page. */
  void
  finish()
  {
    size_t released = 0; /* bytes */
    for ( const auto& row : wide_ )
    {
      released += row.capacity() * sizeof( row.front() );
    }
    for ( const auto& row : places_ )
    {
      released += row.capacity() * sizeof( row.front() );
    }
    wide_ = {};
    places_ = {};
#ifdef __GLIBC__
    constexpr size_t much = size_t( 1 ) << 20;
    if ( released >= much )
    {
      malloc_trim( 0 );
    }
#endif
  }

private:
  static nest::ConnectionManager&
  connections()
  {
    return nest::kernel().connection_manager;
  }

  std::vector< std::vector< std::vector< std::vector< size_t > > > >& secondary_;
  std::vector< std::vector< std::vector< nest::ConnectorBase* > > >& to_devices_;
  size_t thread_;
  std::vector< std::vector< nest::ConnectorBase* > > wide_;    /* rows whose room was too large */
  std::vector< std::vector< std::vector< size_t > > > places_; /* rows that nobody reads */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_NEST_TABLES_H */
