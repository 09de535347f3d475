/* Generators of NEST's whose sending to neurons of ours is taken over while NEST simulates. */
#ifndef NESTML_JIT_FUSED_GENERATORS_H
#define NESTML_JIT_FUSED_GENERATORS_H

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "connector_base.h"

#include "generators/generator.h"
#include "nest/remaining_targets.h"

namespace nestml_jit
{

class Block;
class DeviceConnections;

/* NEST calls a device for each target and step. Here blocks generate the input of their neurons themselves, from what is
 * read of a generator and its connections when a simulation begins, or NEST sends one event to all neurons of ours. Node,
 * parameters and connections stay with NEST, which goes on to send to whatever is no neuron of ours. Taken over are
 * connections that just pass a weight on: NEST's static ones, and models from NESTML without dynamics.
 *
 * What was read lasts for as many simulations as nothing changes. */
class FusedGenerators
{
public:
  /* Read what can be taken over. */
  FusedGenerators();

  /* Give it back. */
  ~FusedGenerators();

  FusedGenerators( const FusedGenerators& ) = delete;
  FusedGenerators& operator=( const FusedGenerators& ) = delete;

  /* Take over for a simulation; `is_changed` says whether parameters of devices were set. Returns false, and does nothing,
   * if connections must be read anew. */
  bool begin_run( bool is_changed );

  void end_run();

  /* Nodes, connections and blocks are no more. */
  void forget();

  /* Connections to neurons of ours that are taken over. */
  size_t
  connections() const
  {
    return connections_;
  }

private:
  /* A connector's place in NEST's table, and what stands there while NEST simulates. */
  struct Place
  {
    size_t thread;
    size_t device;
    size_t synapse_model;
    size_t connections;
    std::unique_ptr< RemainingTargets > stand_in;
  };

  explicit FusedGenerators( size_t threads );

  void take_over_thread( size_t thread );
  void take_over( size_t thread, size_t device, nest::Node& node );
  std::unique_ptr< RemainingTargets >
  stand_in_for( nest::Node& node, nest::ConnectorBase& whole, const DeviceConnections& connections, bool passes_all );
  bool hand_to_blocks( const DeviceConnections& connections, const nest::Node& node );
  bool are_current( bool is_changed );

  std::deque< PoissonTables > tables_; /* [thread] */
  std::vector< Place > places_;
  std::vector< std::shared_ptr< Generator > > generators_;
  std::vector< Block* > blocks_;
  size_t connections_ = 0;
  bool has_refused_ = false; /* some generator's rate is too large */
  bool is_begun_ = false;
};

/* Whether a model of NEST's just passes a weight on, and does nothing else. */
bool passes_on( const nest::ConnectorModel& model );

/* Take generators over from now on, if the user wants it, after kernels were bound anew or as in the last simulation ... */
void begin_fused_generators( bool are_bound_anew );

/* ... and no longer. */
void end_fused_generators();

} // namespace nestml_jit

#endif /* NESTML_JIT_FUSED_GENERATORS_H */
