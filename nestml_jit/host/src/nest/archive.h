/* Spike archive for NEST's own plasticity rules. */
#ifndef NESTML_JIT_ARCHIVE_H
#define NESTML_JIT_ARCHIVE_H

#include <array>
#include <string>
#include <vector>

#include "archiving_node.h"
#include "nest_names.h"

#include "past/older_spikes.h"
#include "past/past.h"

namespace nestml_jit
{

/* What NEST's archiving nodes have beside their dynamics. A neuron type has one for its defaults; a
 * neuron gets its own when the first of NEST's plastic synapses arrives or a value of it is set. */
class Archive : public nest::ArchivingNode
{
public:
  using nest::ArchivingNode::clear_history;

  /* Whether one of NEST's plastic synapses has been connected: the neuron's past begins with the first of them. */
  bool
  is_read() const
  {
    return begin_ != never_;
  }

  /* Begin the past at a step, with spikes that are known since then. Calcium counts from now on. */
  void
  begin( const int64_t step, const std::vector< int64_t >& spikes )
  {
    begin_ = step;
    Dictionary calcium;
    calcium[ nest::names::Ca ] = get_Ca_minus();
    for ( const int64_t spike : spikes )
    {
      spiked( nest::Time( nest::Time::step( spike ) ) );
    }
    set_status( calcium );
  }

  void
  spiked( const nest::Time& stamp )
  {
    set_spiketime( stamp );
    if ( is_read() )
    {
      known_.add( stamp.get_steps() );
    }
  }

  /* The past for synapses of ours that come later: NEST forgets spikes that all of its synapses have read. */
  Past
  past() const
  {
    Past found { begin_, {} };
    known_.append_to( found.spikes );
    return found;
  }

  void
  pre_run_hook() override
  {
  }
  void
  update( const nest::Time&, const long, const long ) override
  {
  }

private:
  static constexpr int64_t never_ = INT64_MAX;
  int64_t begin_ = never_;
  OlderSpikes known_;
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
