/* A block and receptor that connections go to. */
#ifndef NESTML_JIT_TARGET_H
#define NESTML_JIT_TARGET_H

#include <cstdint>
#include <vector>

#include "host_state.h"
#include "nestml_jit_abi.h"
#include "neurons/binding.h"
#include "neurons/block.h"
#include "synapses/delay_table.h"

namespace nestml_jit
{

/* A block and receptor, or neurons of NEST's own with one of their receptors, and what the delivery of a kernel to them
 * needs. */
class Target
{
public:
  /* A null `block` means neurons of NEST's own. `rport` is the number of the receptor, or for spikes to a block its
   * route: neurons with ports of different sizes may number the same receptor differently. */
  Target( Block* block, size_t rport );

  Block*
  block() const
  {
    return block_;
  }

  size_t
  rport() const
  {
    return rport_;
  }

  /* Say if a kernel was looked up in this simulation, when the table of variables had its present columns. */
  bool
  is_bound( const uint64_t revision ) const
  {
    return epoch_ == host_state().binding_epoch and revision_ == revision;
  }

  /* Take what a kernel needs for its delivery: the table's column of each of its own, and values that stay the same.
   * The place of arrivals follows if there is a block. */
  void bind( const BoundDelivery& bound, std::vector< size_t > columns, uint64_t revision );

  /* Forget the kernel. */
  void unbind();

  const BoundDelivery*
  bound() const
  {
    return bound_;
  }

  const NjDeliveryFunctions&
  functions() const
  {
    return *bound_->functions;
  }

  NjDelivery&
  delivery()
  {
    return delivery_;
  }

  /* [column of the delivery] the table's. */
  const std::vector< size_t >&
  columns() const
  {
    return columns_;
  }

  /* Offsets of the ring slots at which a spike of step t_spike arrives, by delay index. */
  const uint64_t* slot_offsets( const DelayTable& delays, int64_t t_spike, int64_t origin );

private:
  void activate_channels() const;

  Block* block_;
  size_t rport_;
  uint64_t epoch_ = 0;
  uint64_t revision_ = 0;
  const BoundDelivery* bound_ = nullptr;
  NjDelivery delivery_ {};
  std::vector< size_t > columns_;
  std::vector< uint64_t > slot_offset_; /* [lag][delay index] */
  std::vector< bool > slot_known_;      /* [lag] */
  int64_t slots_of_ = INT64_MIN;        /* the slice that slot_offset_ belongs to */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_TARGET_H */
