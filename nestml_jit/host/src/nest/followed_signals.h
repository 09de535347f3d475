/* Third factors of NEST's own neurons: what they record becomes signals as kernels read them. */
#ifndef NESTML_JIT_FOLLOWED_SIGNALS_H
#define NESTML_JIT_FOLLOWED_SIGNALS_H

#include <cstdint>
#include <string>
#include <vector>

#include "nest/mirror.h"
#include "nest/recordables.h"
#include "neurons/binding.h"
#include "signals/signals.h"
#include "synapses/run_index.h"

namespace nestml_jit
{

class SynapseModel;

/* What a synapse model reads of the neurons of a mirror on one thread.
 *
 * NEST's neurons record variables slice by slice: `expect` is called before the values of a slice come, and `take` when
 * they are there. Kernels read them in the mirror's NjBlock. */
class FollowedSignals : public Recordables::Reader
{
public:
  FollowedSignals( const SynapseModel& model, const RunIndex& index, Mirror& mirror, size_t thread );
  ~FollowedSignals() override;

  FollowedSignals( const FollowedSignals& ) = delete;
  FollowedSignals& operator=( const FollowedSignals& ) = delete;

  /* Have the next neuron of the mirror record what the model reads. */
  void add( nest::Node& node );

  /* Know the values up to the beginning of the slice. */
  void fetch();

  /* Make room for the signals of a kernel and the neurons of the mirror. */
  void fit( const Binding& binding );

  void expect( int64_t last ) override;
  void take( int64_t first, int64_t last ) override;

private:
  int64_t needed( const Binding& binding, int64_t last ) const;
  int64_t oldest( const Binding& binding ) const;
  void keep( const Binding& binding, int64_t steps );
  void show();

  const SynapseModel& model_;
  const RunIndex& index_;
  Mirror& mirror_;
  Recordables& source_;
  std::vector< std::string > names_;
  std::vector< size_t > numbers_; /* [lane][name] among the recordables of the thread */
  Signals signals_;
  int64_t written_;                /* step up to which signals are there */
  int64_t unused_ = INT64_MIN / 2; /* no connection asks for steps up to this one */
  uint64_t epoch_ = 0;             /* of the kernel that they were made ready for */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_FOLLOWED_SIGNALS_H */
