/* Spikes that no synapse waits for any more, for synapses that may come later. */
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
    newest_ = step;
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

  void
  append_to( std::vector< int64_t >& steps ) const
  {
    for ( const uint32_t low : steps_ )
    {
      steps.push_back( newest_ - static_cast< uint32_t >( static_cast< uint32_t >( newest_ ) - low ) );
    }
  }

private:
  std::vector< uint32_t > steps_; /* the lower bits, of steps within 2^32 */
  int64_t newest_ = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_OLDER_SPIKES_H */
