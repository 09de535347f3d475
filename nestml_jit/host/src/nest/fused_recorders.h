/* Recorders of NEST's for which blocks record by themselves. */
#ifndef NESTML_JIT_FUSED_RECORDERS_H
#define NESTML_JIT_FUSED_RECORDERS_H

#include <cstdint>
#include <set>

#include "nest/fused_multimeters.h"
#include "nest/fused_spike_recorders.h"

namespace nestml_jit
{

/* Blocks write samples and spikes to the columns of the back end in memory, and NEST does not see the connections while it
 * simulates. Nodes, parameters and connections stay with NEST. */
class FusedRecorders
{
public:
  /* Find out what blocks can record; some multimeters are left to NEST. */
  explicit FusedRecorders( const std::set< uint64_t >& left_to_nest );

  FusedRecorders( const FusedRecorders& ) = delete;
  FusedRecorders& operator=( const FusedRecorders& ) = delete;

  /* Whether nothing has changed since. */
  bool is_current() const;

  /* Have blocks record in a simulation of so many steps. */
  void begin_run( int64_t steps );

  /* ... and no longer. */
  void end_run();

  const std::set< uint64_t >&
  left_to_nest() const
  {
    return multimeters_.left_to_nest();
  }

private:
  void hide( bool wanted );

  uint64_t change_;
  FusedMultimeters multimeters_;
  FusedSpikeRecorders spike_recorders_;
  bool has_begun_ = false; /* a simulation */
  bool is_hidden_ = false; /* what blocks do, from NEST */
};

/* Note that connections to recorders may have changed. Threads that connect say so. */
void note_recorders();

/* Have blocks record in a simulation of so many steps, and no longer. */
void begin_fused_recorders( int64_t steps );
void end_fused_recorders();

} // namespace nestml_jit

#endif /* NESTML_JIT_FUSED_RECORDERS_H */
