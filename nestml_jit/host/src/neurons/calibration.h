/* Computing internals before a simulation, and refusing those with which none can go on. */
#ifndef NESTML_JIT_CALIBRATION_H
#define NESTML_JIT_CALIBRATION_H

#include <cstddef>
#include <cstdint>

#include "nestml_jit_abi.h"
#include "neurons/binding.h"
#include "neurons/nodes.h"
#include "slice/first_failure.h"

namespace nestml_jit
{

class NeuronType;

class Calibration
{
public:
  Calibration( const NeuronType& type, const NjBlock& nj, const Nodes& nodes, FirstFailure& failure )
    : type_( type )
    , nj_( nj )
    , nodes_( nodes )
    , failure_( failure )
  {
  }

  /* Compute the internals of the first `computed` lanes of a tile. Raises an error if an internal looks up an element
   * that is not there, or if a propagator of one of the first `used` lanes is not finite. */
  void run( const NjTile& tile, uint32_t computed, size_t used ) const;

private:
  void check_propagators( const NjTile& tile, size_t used ) const;

  const NeuronType& type_;
  const NjBlock& nj_;
  const Nodes& nodes_;
  FirstFailure& failure_; /* what the kernel reports */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_CALIBRATION_H */
