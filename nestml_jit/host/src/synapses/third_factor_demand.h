/* What connections may still ask of the third factors of their targets. */
#ifndef NESTML_JIT_THIRD_FACTOR_DEMAND_H
#define NESTML_JIT_THIRD_FACTOR_DEMAND_H

#include <cstdint>
#include <string>
#include <vector>

#include "nest/connection_ends.h"
#include "nest/modulatory_input.h"
#include "neurons/binding.h"
#include "signals/signal_demand.h"
#include "synapses/connection_data.h"

namespace nestml_jit
{

/* A block keeps earlier values of its neurons' third factors for connections that are behind: those that this says. */
class ThirdFactorDemand
{
public:
  /* `model` is the synapse model's name. */
  ThirdFactorDemand( const std::string& model, const ConnectionData& data, ConnectionEnds& ends );

  /* Say if the model's connections onto a block read third factors of times between presynaptic spikes. */
  bool reads_between( const Block& block ) const;

  /* Say what the connections onto such a block that are behind may ask for. Those that are about to be removed do not;
   * runs must know of them. `modulation` are the modulatory spikes that connections may still ask for. */
  void tell( const Block& block, const std::vector< NjModulation >& modulation, SignalDemand& demand );

private:
  /* Who asks for what of a block's signals. */
  struct Asking
  {
    const BoundDelivery& bound;
    SignalDemand& demand;
    std::vector< size_t > modulation; /* the demand's number of each modulatory port */
  };

  void ask( size_t first, size_t size, int64_t since, const Asking& asking ) const;

  std::string model_;
  const ConnectionData& data_;
  ConnectionEnds& ends_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_THIRD_FACTOR_DEMAND_H */
