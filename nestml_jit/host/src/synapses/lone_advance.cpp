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
  store( lcid, connection );
  data_.ahead.set( lcid, reached );
}

void
LoneAdvance::hear( LoneConnection& connection, const int64_t from )
{
  Target& target = *connection.target;
  const NjDeliveryFunctions& functions = target.functions();
  const auto pass = functions.settle ? functions.settle : functions.advance;
  if ( from == INT64_MAX or not pass )
  {
    return;
  }
  const std::vector< double > before = connection.values;
  NjRun view = connection.view;
  view.t_last = view.t_done = from;
  target.delivery().deaf_until = connection.view.t_done;
  pass( &target.delivery(), &view, connection.view.t_done );
  target.delivery().deaf_until = 0;
  const Variables& variables = data_.table.description().variables;
  for ( const BoundTrace& trace : target.bound()->traces )
  {
    const auto found = std::find( target.columns().begin(), target.columns().end(), variables.find( trace.name ) );
    if ( found != target.columns().end() )
    {
      const size_t i = static_cast< size_t >( found - target.columns().begin() );
      connection.values[ i ] = before[ i ];
    }
  }
}

void
LoneAdvance::hear( const size_t lcid, const int64_t from )
{
  LoneConnection connection = copy( lcid, data_.done( data_.index.run( lcid ), lcid ) );
  hear( connection, from );
  store( lcid, connection );
  view_.end_part( *connection.target );
}

/* Give a connection the variables of its copy. */
void
LoneAdvance::store( const size_t lcid, const LoneConnection& connection )
{
  for ( size_t i = 0; i < connection.values.size(); ++i )
  {
    data_.table.set_value( connection.target->columns()[ i ], lcid, connection.values[ i ] );
  }
}

} // namespace nestml_jit
