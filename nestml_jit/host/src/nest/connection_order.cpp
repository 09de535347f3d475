#include "nest/connection_order.h"

#include "nest/order_by_source.h"
#include "synapses/run_builder.h"

namespace nestml_jit
{

ConnectionOrder::ConnectionOrder( ConnectionData& data, LateInitialState& late )
  : data_( data )
  , late_( late )
{
}

void
ConnectionOrder::sort( BlockVector< nest::Source >& sources )
{
  late_.start_new();
  RunBuilder builder( data_ );
  const OrderBySource order( sources );
  builder.for_each_array( [ & ]( auto& values ) { order.apply( sources, values ); } );
  order.apply( sources );
  const std::vector< uint32_t > beginnings = order.beginnings();
  builder.sort_within( beginnings );
  data_.index.disable_last( order.first_disabled() );
  builder.build( beginnings );
  stretches_.forget();
  for ( const Run& run : data_.index.runs() )
  {
    data_.index.segment( run ).source_id = sources[ run.first ].get_node_id();
  }
}

void
ConnectionOrder::join()
{
  if ( data_.index.indexed() != data_.size() )
  {
    build( { 0 } );
  }
}

void
ConnectionOrder::build( const std::vector< uint32_t >& beginnings )
{
  late_.start_new();
  RunBuilder( data_ ).build( beginnings );
}

} // namespace nestml_jit
