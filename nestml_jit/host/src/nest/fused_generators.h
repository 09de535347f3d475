/* Generators of NEST's whose sending to neurons of ours is taken over while NEST simulates. */
#ifndef NESTML_JIT_FUSED_GENERATORS_H
#define NESTML_JIT_FUSED_GENERATORS_H

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "connector_base.h"

#include "generators/generator.h"

namespace nestml_jit
{

class Block;
class DeviceConnections;

/* NEST calls a device for each target and step. Here blocks generate the input of their neurons themselves, from what is
 * read of a generator and its connections when a simulation begins. Node, parameters and connections stay with NEST,
 * which goes on to send to whatever is no neuron of ours. Taken over are connections that just pass a weight on: NEST's
 * static ones, and models from NESTML without dynamics. */
class FusedGenerators
{
public:
  /* Take over what can be. */
  FusedGenerators();

  /* Give it back. */
  ~FusedGenerators();

  FusedGenerators( const FusedGenerators& ) = delete;
  FusedGenerators& operator=( const FusedGenerators& ) = delete;

private:
  /* A connector's place in NEST's table. */
  struct Place
  {
    size_t thread;
    size_t device;
    size_t synapse_model;
    std::unique_ptr< nest::ConnectorBase > stand_in;
    nest::ConnectorBase* whole;
  };

  explicit FusedGenerators( size_t threads );

  void take_over_thread( size_t thread );
  void take_over( size_t thread, size_t device, const std::shared_ptr< Generator >& generator );
  bool may_take_over( size_t thread, size_t synapse_model );
  void hand_to_blocks( const DeviceConnections& connections, const std::shared_ptr< Generator >& generator );

  std::deque< PoissonTables > tables_; /* [thread] */
  std::vector< Place > places_;
  std::vector< Block* > blocks_;
};

/* Take generators over from now on, if the user wants it ... */
void begin_fused_generators();

/* ... and no longer. */
void end_fused_generators();

} // namespace nestml_jit

#endif /* NESTML_JIT_FUSED_GENERATORS_H */
