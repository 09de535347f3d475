/* Where a neuron's past begins. */
#ifndef NESTML_JIT_BEGINNING_H
#define NESTML_JIT_BEGINNING_H

#include <cstdint>

#include "past/older_spikes.h"

namespace nestml_jit
{

/* The step at which a neuron's past begins for synapses, and those spikes since then that its history has forgotten. */
class Beginning
{
public:
  explicit Beginning( const int64_t step )
    : step_( step )
  {
  }

  int64_t
  step() const
  {
    return step_;
  }

  /* Let the past begin at a step, without what was before. */
  void
  move_to( const int64_t step )
  {
    older_.forget();
    step_ = step;
  }

  const OlderSpikes&
  older() const
  {
    return older_;
  }

  /* Remember a spike that the history forgets, if it belongs to the past. */
  void
  remember( const int64_t step )
  {
    if ( step > step_ )
    {
      older_.add( step );
    }
  }

private:
  int64_t step_;
  OlderSpikes older_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_BEGINNING_H */
