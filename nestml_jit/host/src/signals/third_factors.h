/* The third factors of a block: values of its neurons that synapses may ask for later. */
#ifndef NESTML_JIT_THIRD_FACTORS_H
#define NESTML_JIT_THIRD_FACTORS_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "nestml_jit_abi.h"
#include "neurons/store.h"
#include "past/history.h"
#include "past/past_readers.h"
#include "signals/signals.h"

namespace nestml_jit
{

class Block;
class NeuronType;

/* Kernels write the signals of each step into a ring (`Signals`). When the ring is full, what connections that are behind
 * may still ask for is copied out of it, lane by lane; all else is overwritten. */
class ThirdFactors
{
public:
  ThirdFactors( const NeuronType& type,
    const Block& block,
    const Store& store,
    const History& history,
    const PastReaders& readers,
    NjBlock& nj );

  /* Make room for the signals that synapses read with the kernel that is attached. */
  void fit();

  /* Before steps `from` to `to` of the slice: keep what they overwrite, if that is still needed. */
  void make_room( int64_t from, int64_t to );

  /* Let the signals of lanes in steps `from` to `to` of the slice be what they were. */
  void hold( const std::vector< uint32_t >& lanes, uint32_t from, uint32_t to );

  /* The newest step up to the beginning of a slice whose signals are there: fewer are while all neurons are frozen. */
  int64_t
  last( const int64_t origin ) const
  {
    return std::min( origin, signals_.written() );
  }

  size_t
  bytes() const
  {
    return signals_.bytes();
  }

private:
  double initial( const std::string& name, size_t lane ) const;
  SignalDemand demand( int64_t until ) const;
  void append_spikes( size_t lane, int64_t after, std::vector< int64_t >& steps ) const;
  void keep( int64_t until );
  void stand_still( int64_t until );
  void warn( const SignalDemand& demand ) const;

  const NeuronType& type_;
  const Block& block_;
  const Store& store_;
  const History& history_;
  const PastReaders& readers_;
  NjBlock& nj_;
  Signals signals_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_THIRD_FACTORS_H */
