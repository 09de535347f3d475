/* Where sources begin among connections that NEST does not sort. */
#ifndef NESTML_JIT_UNSORTED_STRETCHES_H
#define NESTML_JIT_UNSORTED_STRETCHES_H

#include <cstdint>
#include <vector>

namespace nestml_jit
{

/* Without compressed spikes NEST leaves connections in the order in which they were made, and sends a spike to the first
 * of each stretch of connections with the same source. It says of every connection whether the spike goes on to the next
 * one. */
class UnsortedStretches
{
public:
  /* Note whether a spike goes on behind a connection. `indexed` of `size` connections are in runs. Several threads may
   * say so at the same time, of sources on different processes. */
  void
  note( const size_t lcid, const bool more, const size_t indexed, const size_t size )
  {
#pragma omp critical( nestml_jit_stretches )
    {
      stale_ = stale_ or lcid >= indexed or lcid >= more_.size() or more_[ lcid ] != more;
      more_.resize( size, false );
      more_[ lcid ] = more;
    }
  }

  /* Say if stretches were changed since runs were made of them. */
  bool
  are_stale() const
  {
    return stale_;
  }

  /* The first connection of each stretch, to make runs of. */
  std::vector< uint32_t >
  take( const size_t size )
  {
    stale_ = false;
    std::vector< uint32_t > beginnings;
    for ( size_t lcid = 0; lcid < size; ++lcid )
    {
      if ( lcid == 0 or lcid > more_.size() or not more_[ lcid - 1 ] )
      {
        beginnings.push_back( static_cast< uint32_t >( lcid ) );
      }
    }
    return beginnings;
  }

  /* Forget all stretches: connections are sorted. */
  void
  forget()
  {
    std::vector< unsigned char >().swap( more_ );
    stale_ = false;
  }

private:
  std::vector< unsigned char > more_; /* [lcid] the next connection belongs to the same stretch */
  bool stale_ = false;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_UNSORTED_STRETCHES_H */
