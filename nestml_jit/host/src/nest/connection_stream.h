/* Connections that one call of Connect makes on one thread, written to columns in stretches. */
#ifndef NESTML_JIT_CONNECTION_STREAM_H
#define NESTML_JIT_CONNECTION_STREAM_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nest_types.h"
#include "node.h"
#include "random_generators.h"

#include "nest/connection_notes.h"
#include "nest/connections.h"
#include "nest/given_parameters.h"
#include "nest/synapse_rows.h"
#include "synapses/synapse_table.h"

namespace nestml_jit
{

class ConnectionMaker;

/* Follows NEST's own way of making a connection.
 *
 * NEST makes the first connection onto neurons of a model, which checks all that all such connections share: models, receptor,
 * parameters. `follow` takes from it what they have in common. What differs between them is drawn from NEST's random
 * numbers in NEST's order (delay before weight), checked at once, and kept until some connections have come together.
 * So an error leaves the connections that were made before it, and no others. */
class ConnectionStream
{
public:
  ConnectionStream( nest::synindex syn_id, size_t thread, const GivenParameters& given );

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
    delay_indices_[ size_ ] = delay_index_;
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
  void write( size_t n );

  nest::synindex syn_id_;
  size_t thread_;
  GivenParameters given_;
  bool varies_;
  bool own_weights_; /* the variable that is the weight varies, ... */
  bool own_delays_;  /* ... and the one that is the delay */
  Apart apart_;      /* weight and delay of the newest connection */
  ConnectionMaker& maker_;
  ConnectionNotes notes_;
  nest::RngPtr rng_;

  Connections* connections_ = nullptr; /* null while nothing can be added */
  const nest::Node* target_ = nullptr; /* of the newest connection */
  int target_model_ = -1;
  size_t kind_ = 0;
  uint32_t lane_ = 0;
  uint16_t delay_index_ = 0;

  size_t size_ = 0;
  std::array< uint64_t, capacity_ > sources_;
  std::array< uint32_t, capacity_ > lanes_;
  std::array< uint16_t, capacity_ > delay_indices_;
  std::array< double, capacity_ > weights_; /* slots of these variables */
  std::array< double, capacity_ > delays_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_CONNECTION_STREAM_H */
