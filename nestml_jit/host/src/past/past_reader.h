/* Who reads the past of a block's neurons. */
#ifndef NESTML_JIT_PAST_READER_H
#define NESTML_JIT_PAST_READER_H

#include <cstdint>

namespace nestml_jit
{

class Block;
class SignalDemand;

/* Connections that read the past of the neurons that they target. */
class PastReader
{
public:
  virtual ~PastReader() = default;

  /* The earliest step strictly before which it needs only the newest entry. */
  virtual int64_t oldest_needed() const = 0;

  /* Say of which of a block's signals connections may still ask that are behind. */
  virtual void ask_signals( const Block& block, SignalDemand& demand ) const = 0;

  /* Whether it sends events by itself. */
  virtual bool emits() const = 0;

  /* Send the events up to the beginning of a slice, whose presynaptic spikes are all known. */
  virtual void emit_until( int64_t origin ) = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_PAST_READER_H */
