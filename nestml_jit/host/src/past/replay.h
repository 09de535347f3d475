/* What postsynaptic spikes have driven, computed from the spikes. */
#ifndef NESTML_JIT_REPLAY_H
#define NESTML_JIT_REPLAY_H

#include <cstdint>
#include <vector>

#include "neurons/binding.h"

namespace nestml_jit
{

/* The states of a delivery's traces, one row after another: at step `begin`, after each of the spikes, and at step
 * `until`. */
inline std::vector< double >
replay( const BoundDelivery& delivery,
  const std::vector< double >& parameters,
  const double h,
  const int64_t begin,
  const std::vector< int64_t >& spikes,
  const int64_t until )
{
  const size_t width = delivery.traces.size();
  std::vector< double > values( ( spikes.size() + 2 ) * width );
  for ( size_t k = 0; k < width; ++k )
  {
    values[ k ] = delivery.traces[ k ].initial;
  }
  delivery.functions->replay(
    parameters.data(), h, begin, spikes.data(), static_cast< uint32_t >( spikes.size() ), until, values.data() );
  return values;
}

/* Whether two states are the same: equal equations, parameters, and initial values. */
inline bool
are_twins( const BoundTrace& one,
  const std::vector< double >& ones,
  const BoundTrace& other,
  const std::vector< double >& others )
{
  if ( one.form.empty() or one.form != other.form or one.initial != other.initial )
  {
    return false;
  }
  for ( size_t p = 0; p < one.meaning.size(); ++p )
  {
    if ( ones[ one.meaning[ p ] ] != others[ other.meaning[ p ] ] )
    {
      return false;
    }
  }
  return true;
}

} // namespace nestml_jit

#endif /* NESTML_JIT_REPLAY_H */
