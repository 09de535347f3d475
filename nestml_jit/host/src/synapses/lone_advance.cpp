#include "synapses/lone_advance.h"

#include <algorithm>

namespace nestml_jit
{

LoneAdvance::LoneAdvance( ConnectionData& data, KernelCall& call, RunView& view )
  : data_( data )
  , call_( call )
  , view_( view )
{
}

bool
LoneAdvance::can_pass( const size_t lcid ) const
{
  return call_.can_pass_time( lcid );
}

bool
LoneAdvance::is_done( const size_t lcid, const int64_t step ) const
{
  return data_.done( data_.index.run( lcid ), lcid ) >= step;
}

LoneConnection
LoneAdvance::copy( const size_t lcid, const int64_t until )
{
  Target& target = call_.for_time( data_.index.run( lcid ), lcid, until );
  LoneConnection made { &target, {}, {} };
  made.view = view_.copy( lcid, target, made.values );
  return made;
}

bool
LoneAdvance::pass( LoneConnection& connection, const int64_t until, const int64_t told )
{
  Target& target = *connection.target;
  const NjDeliveryFunctions& functions = target.functions();
  if ( functions.advance and until > connection.view.t_done )
  {
    functions.advance( &target.delivery(), &connection.view, until );
    connection.view.t_done = until;
  }
  const bool settles = functions.settle and told >= connection.view.t_done;
  if ( settles )
  {
    functions.settle( &target.delivery(), &connection.view, told );
  }
  view_.end_part( target );
  return settles;
}

void
LoneAdvance::pass_sources( LoneConnection& connection )
{
  Target& target = *connection.target;
  if ( target.functions().spike )
  {
    target.functions().spike( &target.delivery(), view_.pointers(), connection.view.t_last );
  }
}

void
LoneAdvance::bring( const size_t lcid, const int64_t until, const int64_t told )
{
  LoneConnection connection = copy( lcid, until );
  const int64_t reached = pass( connection, until, told ) ? told : std::max( until, connection.view.t_done );
  for ( size_t i = 0; i < connection.values.size(); ++i )
  {
    data_.table.set_value( connection.target->columns()[ i ], lcid, connection.values[ i ] );
  }
  data_.ahead.set( lcid, reached );
}

} // namespace nestml_jit
