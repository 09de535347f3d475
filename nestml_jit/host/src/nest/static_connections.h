/* What a connector of static synapses stores, and how spikes pass along its connections. */
#ifndef NESTML_JIT_STATIC_CONNECTIONS_H
#define NESTML_JIT_STATIC_CONNECTIONS_H

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "connector_base.h"
#include "static_synapse.h"
#include "target_identifier.h"

#include "nest/static_columns.h"
#include "nest/static_routes.h"

namespace nest
{
class SpikeEvent;
}

namespace nestml_jit
{

using StaticSynapse = nest::static_synapse< nest::TargetIdentifierPtrRport >;
using StaticSynapses = nest::Connector< StaticSynapse >; /* NEST's own */

/* The connection that was added last to a connector of NEST's. */
const StaticSynapse& newest( StaticSynapses& connector );

/* Connections of one synapse model on one thread, in NEST's order. Spikes onto lanes of blocks are added to the ring, those
 * onto other nodes are sent as NEST sends them. */
class StaticConnections
{
public:
  StaticConnections( nest::synindex syn_id, size_t thread );

  /* Add a connection that NEST has checked. `sends_spikes`: that is what it sends to its target. */
  void add( const StaticSynapse& connection, bool sends_spikes );

  /* Add `n` connections to lanes of blocks, with these weights or, if there are none, all with one weight. */
  void add( size_t n, const uint32_t* lanes, const uint32_t* routes, const double* weights, double weight );

  /* Add all connections of a connector of NEST's; there are no others yet. */
  void take_over( StaticSynapses& others );

  nest::synindex
  syn_id() const
  {
    return syn_id_;
  }

  StaticColumns&
  columns()
  {
    return columns_;
  }

  const StaticColumns&
  columns() const
  {
    return columns_;
  }

  StaticRoutes&
  routes()
  {
    return routes_;
  }

  bool
  is_disabled( const size_t lcid ) const
  {
    return columns_.has( lcid, StaticColumns::is_disabled );
  }

  /* Whether the next connection has the same source. */
  bool
  has_more( const size_t lcid ) const
  {
    return columns_.has( lcid, StaticColumns::has_more );
  }

  nest::Node& target( size_t lcid ) const;

  /* A connection as NEST stores it. */
  StaticSynapse stored( size_t lcid ) const;

  /* Take weight and delay of a connection. */
  void change( size_t lcid, const StaticSynapse& connection );

  /* Send an event along a connection as NEST does. */
  void deliver( size_t lcid, nest::Event& e );

  /* Send a spike along a connection and all of its source behind it. Returns their number. */
  size_t send( size_t first, nest::SpikeEvent& e );

private:
  const StaticRoute&
  route( const size_t lcid ) const
  {
    return routes_[ columns_.routes[ lcid ] & StaticColumns::route ];
  }

  size_t rport( size_t lcid ) const;
  uint32_t number_of( nest::Node& node );
  size_t send_stretch( size_t lcid, Arrival* arrivals, double multiplicity, nest::SpikeEvent& e );

  nest::synindex syn_id_;
  size_t thread_;
  StaticColumns columns_;
  StaticRoutes routes_;
  std::vector< nest::Node* > nodes_;                         /* [lane] of routes without a block */
  std::unordered_map< const nest::Node*, uint32_t > number_; /* the other way round */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_STATIC_CONNECTIONS_H */
