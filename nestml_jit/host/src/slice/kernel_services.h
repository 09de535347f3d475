/* What kernels ask of the host while they run. */
#ifndef NESTML_JIT_KERNEL_SERVICES_H
#define NESTML_JIT_KERNEL_SERVICES_H

#include <cstdint>

#include "nestml_jit_abi.h"
#include "neurons/nodes.h"
#include "past/neuron_past.h"
#include "slice/first_failure.h"
#include "slice/spike_buffer.h"

namespace nestml_jit
{

class NeuronType;

/* The functions of an NjBlock, see there. Kernels hand `host` back, which is this object. */
class KernelServices
{
public:
  /* Give a block's services to kernels. */
  KernelServices( const NeuronType& type,
    const Nodes& nodes,
    SpikeBuffer& spikes,
    NeuronPast& past,
    FirstFailure& failure,
    NjBlock& nj );

  KernelServices( const KernelServices& ) = delete;
  KernelServices& operator=( const KernelServices& ) = delete;

private:
  static void emit( void* host, uint32_t lane, uint32_t lag );
  static void grow( void* host, uint32_t lane );
  static void message( void* host, uint32_t lane, int32_t level, const char* text );
  static void fail( void* host, uint32_t lane, uint32_t lag, const char* what );
  static void out_of_range( void* host,
    uint32_t lane,
    int64_t step,
    const char* vector,
    int64_t index,
    int64_t size,
    const char* synapse,
    uint64_t source );

  const NeuronType& type_;
  const Nodes& nodes_;
  SpikeBuffer& spikes_;
  NeuronPast& past_;
  FirstFailure& failure_;
  const NjBlock& nj_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_KERNEL_SERVICES_H */
