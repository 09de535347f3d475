/* The nodes at both ends of a synapse model's connections on one thread. */
#ifndef NESTML_JIT_CONNECTION_ENDS_H
#define NESTML_JIT_CONNECTION_ENDS_H

#include <cstdint>

#include "connector_base.h"

#include "nest/foreign_targets.h"
#include "synapses/connection_data.h"

namespace nestml_jit
{

class ConnectionEnds
{
public:
  ConnectionEnds( ConnectionData& data, const ForeignTargets& foreign, size_t thread, nest::synindex syn_id );

  /* The target of a connection. */
  nest::Node& target( size_t lcid ) const;

  /* The number of the target's receptor. */
  size_t receptor( size_t lcid ) const;

  /* The node ID of a run's source. If connections are not sorted, and NEST was told to forget where they come from, it is
   * a number that no node has: random numbers then depend on the number of threads. */
  uint64_t
  source_id( const Run& run )
  {
    uint64_t& id = data_.index.segment( run ).source_id;
    id = id == 0 ? look_up_source( run ) : id;
    return id;
  }

  /* The node ID of a connection's source, from NEST's tables. */
  uint64_t sender( size_t lcid ) const;

  size_t
  thread() const
  {
    return thread_;
  }

  nest::synindex
  syn_id() const
  {
    return syn_id_;
  }

private:
  uint64_t look_up_source( const Run& run ) const;

  ConnectionData& data_;
  const ForeignTargets& foreign_;
  size_t thread_;
  nest::synindex syn_id_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_CONNECTION_ENDS_H */
