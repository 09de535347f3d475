/* Spike archive for NEST's own plasticity rules. */
#ifndef NESTML_JIT_ARCHIVE_H
#define NESTML_JIT_ARCHIVE_H

#include <array>
#include <string>
#include <vector>

#include "archiving_node.h"
#include "nest_names.h"

namespace nestml_jit
{

/* What NEST's archiving nodes have beside their dynamics. A neuron type has one for its defaults; a
 * neuron gets its own when the first of NEST's plastic synapses arrives or a value of it is set. */
class Archive : public nest::ArchivingNode
{
public:
  using nest::ArchivingNode::clear_history;
  using nest::ArchivingNode::set_spiketime;

  /* Archive spikes that came before the archive. Calcium counts from now on. */
  void
  recall( const std::vector< int64_t >& steps )
  {
    Dictionary calcium;
    calcium[ nest::names::Ca ] = get_Ca_minus();
    for ( const int64_t step : steps )
    {
      set_spiketime( nest::Time( nest::Time::step( step ) ) );
    }
    set_status( calcium );
  }

  void
  pre_run_hook() override
  {
  }
  void
  update( const nest::Time&, const long, const long ) override
  {
  }
};

/* Keys of NEST's archiving and structural plasticity that users may read and set. */
inline const std::array< std::string, 7 > archive_keys = { "tau_minus",
  "tau_minus_triplet",
  "Ca",
  "tau_Ca",
  "beta_Ca",
  "synaptic_elements",
  "synaptic_elements_param" };

} // namespace nestml_jit

#endif /* NESTML_JIT_ARCHIVE_H */
