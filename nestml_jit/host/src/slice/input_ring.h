/* What is on its way to a block's neurons. */
#ifndef NESTML_JIT_INPUT_RING_H
#define NESTML_JIT_INPUT_RING_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nestml_jit_abi.h"
#include "neurons/channels.h"
#include "slice/saved_values.h"
#include "values/large_memory.h"

namespace nestml_jit
{

/* Sums of the weights that arrive, [channel][slot][lane]: one slot for each step that a spike may travel ahead, in a ring.
 *
 * A channel is an element of a port, or a count of arrivals. A step reads the row of its slot and leaves zeros behind. Who
 * adds to a channel activates it first. A channel that was not activated for so long that all of its rows must be zero
 * again is inactive: kernels do not read it, its rows stay out of the caches, and, if it never was active, out of memory. */
class InputRing
{
public:
  const Channels&
  channels() const
  {
    return channels_;
  }

  void
  add( const size_t slot, const uint32_t channel, const size_t lane, const double value )
  {
    values_[ channel * channel_stride_ + slot * lanes_ + lane ] += value;
    activate( channel );
  }

  /* The input of all lanes to a channel in a slot, to which something is added in the present slice. */
  double*
  active_row( const size_t slot, const uint32_t channel )
  {
    activate( channel );
    return values_.data() + channel * channel_stride_ + slot * lanes_;
  }

  /* Something may be added to a channel in the present slice. */
  void
  activate( const uint32_t channel )
  {
    activated_[ channel ] = true;
  }

  /* Whether slots and lags are those that the present delays need. */
  bool has_present_delays() const;

  /* Fit the ring to channels, a number of lanes and the present delays. What is on its way stays if the delays do. */
  void fit( const Channels& channels, size_t lanes );

  /* Find slots and inactive channels of the slice that begins at a step. */
  void begin_slice( int64_t origin );

  /* The steps of a slice. */
  size_t
  lags() const
  {
    return slot_.size();
  }

  /* Save what arrives in some steps of the slice at all lanes. */
  void save( long from, long to, SavedValues& saved );

  /* Save what arrives in some steps of the slice at some lanes; it then waits for the slot's next turn. */
  void hold( const std::vector< uint32_t >& lanes, uint32_t from, uint32_t to, SavedValues& saved );

  void show( NjBlock& nj );

private:
  bool was_active( size_t channel ) const;
  LargeVector< double > refitted( const Channels& channels, size_t slots, size_t lanes ) const;
  void fit_channels( const Channels& channels );

  double*
  row( const size_t channel, const size_t lag )
  {
    return values_.data() + channel * channel_stride_ + slot_[ lag ] * lanes_;
  }

  LargeVector< double > values_;
  size_t slots_ = 0;
  size_t lanes_ = 0;
  size_t channel_stride_ = 0;    /* slots times lanes */
  std::vector< uint32_t > slot_; /* [lag] from which slot a step of the slice reads */
  Channels channels_;
  std::vector< unsigned char > activated_; /* [channel] since the last slice began */
  std::vector< int64_t > active_until_;    /* [channel] from this step on all rows are zero */
  std::vector< unsigned char > inactive_;  /* [channel] as kernels see it */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_INPUT_RING_H */
