/* A connector that NEST can ask which connections there are. */
#ifndef NESTML_JIT_LISTED_CONNECTOR_H
#define NESTML_JIT_LISTED_CONNECTOR_H

#include <cstddef>
#include <deque>
#include <vector>

#include "connector_base.h"

namespace nestml_jit
{

/* Lists connections, and finds some of them, by what a derived class knows of each. */
class ListedConnector : public nest::ConnectorBase
{
public:
  void get_connection( size_t source,
    size_t target,
    size_t tid,
    size_t lcid,
    long label,
    std::deque< nest::ConnectionID >& found ) const override;
  void get_connection_with_specified_targets( size_t source,
    const std::vector< size_t >& targets,
    size_t tid,
    size_t lcid,
    long label,
    std::deque< nest::ConnectionID >& found ) const override;
  void get_all_connections( size_t source,
    size_t target,
    size_t tid,
    long label,
    std::deque< nest::ConnectionID >& found ) const override;
  void get_source_lcids( size_t tid, size_t target, std::vector< size_t >& lcids ) const override;
  size_t get_target_node_id( size_t tid, unsigned int lcid ) const override;
  size_t find_enabled_connection( size_t tid,
    size_t syn_id,
    size_t source,
    size_t target,
    const nest::SourceTable& sources ) const override;

protected:
  /* The node ID of a connection's target. */
  virtual size_t target_id( size_t lcid ) const = 0;

  virtual bool is_disabled( size_t lcid ) const = 0;

  /* Whether a connection has a label, which is not that of connections without one. */
  virtual bool has_label( size_t lcid, long label ) const = 0;

private:
  bool
  is_enabled_to( const size_t lcid, const size_t target ) const
  {
    return target_id( lcid ) == target and not is_disabled( lcid );
  }
};

} // namespace nestml_jit

#endif /* NESTML_JIT_LISTED_CONNECTOR_H */
