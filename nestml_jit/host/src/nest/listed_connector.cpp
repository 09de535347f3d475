#include "nest/listed_connector.h"

#include <algorithm>

#include "source_table.h"

namespace nestml_jit
{

void
ListedConnector::get_connection( const size_t source,
  const size_t wanted,
  const size_t tid,
  const size_t lcid,
  const long label,
  std::deque< nest::ConnectionID >& found ) const
{
  if ( is_disabled( lcid ) or ( label != nest::UNLABELED_CONNECTION and not has_label( lcid, label ) ) )
  {
    return;
  }
  const size_t target = target_id( lcid );
  if ( wanted == 0 or target == wanted )
  {
    found.push_back( nest::ConnectionID( source, target, tid, get_syn_id(), lcid ) );
  }
}

void
ListedConnector::get_connection_with_specified_targets( const size_t source,
  const std::vector< size_t >& targets,
  const size_t tid,
  const size_t lcid,
  const long label,
  std::deque< nest::ConnectionID >& found ) const
{
  if ( std::find( targets.begin(), targets.end(), target_id( lcid ) ) != targets.end() )
  {
    get_connection( source, 0, tid, lcid, label, found );
  }
}

void
ListedConnector::get_all_connections( const size_t source,
  const size_t target,
  const size_t tid,
  const long label,
  std::deque< nest::ConnectionID >& found ) const
{
  for ( size_t lcid = 0; lcid < size(); ++lcid )
  {
    get_connection( source, target, tid, lcid, label, found );
  }
}

void
ListedConnector::get_source_lcids( const size_t, const size_t target, std::vector< size_t >& lcids ) const
{
  for ( size_t lcid = 0; lcid < size(); ++lcid )
  {
    if ( is_enabled_to( lcid, target ) )
    {
      lcids.push_back( lcid );
    }
  }
}

size_t
ListedConnector::get_target_node_id( const size_t, const unsigned int lcid ) const
{
  return target_id( lcid );
}

size_t
ListedConnector::find_enabled_connection( const size_t tid,
  const size_t syn_id,
  const size_t source,
  const size_t target,
  const nest::SourceTable& sources ) const
{
  for ( size_t lcid = 0; lcid < size(); ++lcid )
  {
    if ( sources.get_node_id( tid, static_cast< nest::synindex >( syn_id ), lcid ) == source
      and is_enabled_to( lcid, target ) )
    {
      return lcid;
    }
  }
  return nest::invalid_index;
}

} // namespace nestml_jit
