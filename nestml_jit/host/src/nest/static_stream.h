/* Connections of NEST's static synapse that one call of Connect makes on one thread, written to columns in stretches. */
#ifndef NESTML_JIT_STATIC_STREAM_H
#define NESTML_JIT_STATIC_STREAM_H

#include <array>
#include <cstddef>
#include <cstdint>

#include "node.h"
#include "random_generators.h"

#include "nest/connection_notes.h"
#include "nest/given_parameters.h"
#include "nest/static_connections.h"

namespace nestml_jit
{

/* Does for static synapses what ConnectionStream does for ours: NEST makes the first connection onto neurons of a model,
 * those that follow differ from it in source, target, and what is drawn. */
class StaticStream
{
public:
  StaticStream( nest::synindex syn_id, size_t thread, const GivenParameters& given );

  /* Say if connections onto a neuron are like the one that was followed last. */
  bool
  covers( const nest::Node& target ) const
  {
    return &target == target_ or ( connections_ and target.get_model_id() == target_model_ );
  }

  /* Take what is common to connections from the one that NEST has just made. */
  void follow( nest::Node& target );

  /* Add a connection onto a neuron that is covered. */
  void
  add( const size_t source, nest::Node& target )
  {
    if ( &target != target_ )
    {
      enter( target );
    }
    if ( varies_ )
    {
      draw( source, target );
    }
    sources_[ size_ ] = source;
    lanes_[ size_ ] = lane_;
    routes_[ size_ ] = route_;
    weights_[ size_ ] = weight_;
    if ( ++size_ == capacity_ )
    {
      flush();
    }
  }

  /* Write what was added. Raises an error if NEST cannot take so many connections. */
  void flush();

private:
  static constexpr size_t capacity_ = 1024;

  void enter( nest::Node& target );
  void draw( size_t source, nest::Node& target );

  nest::synindex syn_id_;
  size_t thread_;
  GivenParameters given_;
  bool varies_;
  ConnectionNotes notes_;
  nest::RngPtr rng_;

  StaticConnections* connections_ = nullptr; /* null while nothing can be added */
  const nest::Node* target_ = nullptr;       /* of the newest connection */
  int target_model_ = -1;
  uint32_t lane_ = 0;
  uint32_t route_ = 0;
  double weight_ = 0.0;

  size_t size_ = 0;
  std::array< uint64_t, capacity_ > sources_;
  std::array< uint32_t, capacity_ > lanes_;
  std::array< uint32_t, capacity_ > routes_;
  std::array< double, capacity_ > weights_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_STATIC_STREAM_H */
