/* Currents that a generator sends to many neurons at once. */
#ifndef NESTML_JIT_WEIGHTED_INPUT_H
#define NESTML_JIT_WEIGHTED_INPUT_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "generators/generated_rows.h"

namespace nestml_jit
{

class InputRing;

/* A connection of a generator to a lane of some block. */
struct InputTarget
{
  InputRing* ring;
  GeneratedTarget at;
  size_t position; /* of what is sent along it among what is sent to each target */
};

/* Connections of one generator with the same ring, channel and delay. */
class WeightedInput
{
public:
  WeightedInput( const InputTarget* targets, size_t size );

  /* Send the same current to all targets in step `lag` of the slice. */
  void send( uint32_t lag, double current );

  /* Send to each target the current at its position. */
  void send_each( uint32_t lag, const double* currents );

private:
  double* input( uint32_t lag ) const;
  void weigh( double current );
  void add( double* sums, const double* values, bool same ) const;

  InputRing& ring_;
  uint32_t channel_;
  uint32_t delay_;
  bool is_stretch_; /* lanes and positions follow each other */
  bool is_finite_;  /* all weights are */
  bool has_one_;    /* weights are all the same */
  std::vector< uint32_t > lanes_;
  std::vector< uint32_t > positions_;
  std::vector< double > weights_;
  std::vector< double > products_; /* of `current_` and weights; one if weights are the same */
  double current_;
};

/* Sort connections into parts with the same ring, channel and delay. Two connections to the same lane keep their order:
 * sums are those that single events would make. */
std::vector< WeightedInput > weighted_inputs( std::vector< InputTarget >& targets );

} // namespace nestml_jit

#endif /* NESTML_JIT_WEIGHTED_INPUT_H */
