#include "nest/connection_ends.h"

#include "kernel_manager.h"

#include "nest/shell.h"

namespace nestml_jit
{

ConnectionEnds::ConnectionEnds( ConnectionData& data,
  const ForeignTargets& foreign,
  const size_t thread,
  const nest::synindex syn_id )
  : data_( data )
  , foreign_( foreign )
  , thread_( thread )
  , syn_id_( syn_id )
{
}

nest::Node&
ConnectionEnds::target( const size_t lcid ) const
{
  Block* const block = data_.target( lcid ).block();
  const uint32_t lane = data_.places.lane( lcid );
  return block ? static_cast< nest::Node& >( block->nodes()[ lane ] ) : foreign_.node( lane );
}

size_t
ConnectionEnds::receptor( const size_t lcid ) const
{
  const Target& target = data_.target( lcid );
  if ( not target.block() or not Receptor::is_route( target.rport() ) )
  {
    return target.rport(); // NEST's own, or of a device that records or sends currents
  }
  return static_cast< size_t >(
    target.block()->receptors().layout( data_.places.lane( lcid ) ).number( target.rport() ) );
}

uint64_t
ConnectionEnds::look_up_source( const Run& run ) const
{
  constexpr uint64_t unknown = uint64_t( 1 ) << 48;
  const bool is_known = nest::kernel().connection_manager.get_keep_source_table();
  return is_known ? sender( run.first ) : unknown + ( uint64_t( thread_ ) << 40 ) + run.first;
}

uint64_t
ConnectionEnds::sender( const size_t lcid ) const
{
  return nest::kernel().connection_manager.get_source_node_id( thread_, syn_id_, lcid );
}

} // namespace nestml_jit
