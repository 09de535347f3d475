/* Time passes for single connections, between presynaptic spikes. */
#ifndef NESTML_JIT_LONE_ADVANCE_H
#define NESTML_JIT_LONE_ADVANCE_H

#include <cstdint>
#include <vector>

#include "nestml_jit_abi.h"
#include "synapses/connection_data.h"
#include "synapses/kernel_call.h"
#include "synapses/run_view.h"

namespace nestml_jit
{

/* A copy of a connection, to let time pass for it. */
struct LoneConnection
{
  Target* target;
  NjRun view;
  std::vector< double > values; /* [column of the delivery] copies of its variables */

  /* Put the variables into a row of the table's columns. */
  void
  put( std::vector< double >& row ) const
  {
    for ( size_t i = 0; i < values.size(); ++i )
    {
      row[ target->columns()[ i ] ] = values[ i ];
    }
  }
};

class LoneAdvance
{
public:
  LoneAdvance( ConnectionData& data, KernelCall& call, RunView& view );

  /* Say if there is a kernel for a connection, and time has passed that it may have left out. */
  bool can_pass( size_t lcid ) const;

  /* Say if a connection that can pass time is up to date at a step. */
  bool is_done( size_t lcid, int64_t step ) const;

  /* Copy a connection, and make ready to let time pass for it up to a step. One copy can be used at a time. */
  LoneConnection copy( size_t lcid, int64_t until );

  /* Let time pass up to step `until`, with all postsynaptic and modulatory spikes that reach the connection, and then up
   * to step `told`, where that divides an interval between two events that is else left whole. Returns true if it has. */
  bool pass( LoneConnection& connection, int64_t until, int64_t told );

  /* Let the "source" variables of a copy that has passed time follow, as if a spike came that is none. */
  void pass_sources( LoneConnection& connection );

  /* Let a copy, from step `from` on, process the modulatory spikes up to the step at which the connection is done; see
   * EarlierModulation. States that postsynaptic spikes alone drive stay as they are. INT64_MAX: there are none. */
  void hear( LoneConnection& connection, int64_t from );

  /* The same for a connection itself. */
  void hear( size_t lcid, int64_t from );

  /* Bring a connection itself to step `until`, and to step `told` if it can pass that far. */
  void bring( size_t lcid, int64_t until, int64_t told );

private:
  void store( size_t lcid, const LoneConnection& connection );

  ConnectionData& data_;
  KernelCall& call_;
  RunView& view_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_LONE_ADVANCE_H */
