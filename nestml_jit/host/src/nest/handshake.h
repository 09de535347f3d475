/* Whether a source and a target can be connected by a synapse model. */
#ifndef NESTML_JIT_HANDSHAKE_H
#define NESTML_JIT_HANDSHAKE_H

#include <cstddef>
#include <set>

#include "node.h"

namespace nestml_jit
{

class NeuronType;
class SynapseModel;

/* NEST's handshake: does the source send what the synapse takes, and does the target take it?
 *
 * Two models from NESTML agree or disagree whichever their nodes are, unless these may differ in their receptors: what the
 * last pair agreed on holds for the next of the same models. */
class Handshake
{
public:
  explicit Handshake( const SynapseModel& model );

  /* Return the target's port, for spikes to a block the route of the receptor, and note the pair of models. Raises an
   * error that says why the nodes cannot be connected. */
  size_t rport( nest::Node& source, nest::Node& target, size_t receptor );

private:
  /* A connection that nodes of the same models can make. */
  struct Agreed
  {
    int source_model = -1;
    int target_model = -1;
    size_t receptor = 0;
    size_t rport = 0;
  };

  size_t shake_hands( nest::Node& source, nest::Node& target, size_t receptor ) const;
  void check_refused( const NeuronType& type ) const;
  void check_foreign( nest::Node& target ) const;
  void note_pair( const NeuronType* type );

  const SynapseModel& model_;
  Agreed last_;
  std::set< const NeuronType* > seen_; /* targets whose pair with this model was reported */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_HANDSHAKE_H */
