/* Spikes that nobody waits for any more, for synapses that may come later. */
#ifndef NESTML_JIT_OLDER_SPIKES_H
#define NESTML_JIT_OLDER_SPIKES_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nestml_jit
{

/* The newest of the spikes that a neuron's history has forgotten. A synapse model that is new to the neuron computes
 * from them what its trace would be. They are few, so that a neuron does not grow without end. */
class OlderSpikes
{
public:
  static constexpr size_t limit = 256;

  void
  add( const int64_t step )
  {
    if ( steps_.size() == limit )
    {
      steps_.erase( steps_.begin(), steps_.begin() + limit / 4 );
    }
    steps_.push_back( static_cast< uint32_t >( step ) );
  }

  void
  forget()
  {
    std::vector< uint32_t >().swap( steps_ );
  }

  size_t
  size() const
  {
    return steps_.size();
  }

  /* Append them; `reference` is a later step, but by less than 2^32. */
  void
  append_to( std::vector< int64_t >& steps, const int64_t reference ) const
  {
    for ( const uint32_t low : steps_ )
    {
      steps.push_back( reference - static_cast< uint32_t >( static_cast< uint32_t >( reference ) - low ) );
    }
  }

private:
  std::vector< uint32_t > steps_; /* the lower bits */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_OLDER_SPIKES_H */
