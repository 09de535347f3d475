/* What connections emitted in a delivery. */
#ifndef NESTML_JIT_EMISSION_LOG_H
#define NESTML_JIT_EMISSION_LOG_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "nestml_jit_abi.h"

namespace nestml_jit
{

/* One of several events that a connection emitted for a spike. */
struct Emission
{
  uint32_t number; /* of the connection in what is delivered at once */
  uint32_t repeat; /* of several spikes at once */
  double weight;
};

/* Kernels write the weight of each connection's event here, or call `note` for each of several events. */
class EmissionLog
{
public:
  /* Listen to the delivery of a run, if a recorder wants to know of its events. */
  void
  begin( NjDelivery& delivery, const size_t run_size, const bool is_recorded )
  {
    begin_notes( delivery );
    if ( is_recorded )
    {
      weights_.assign( run_size, std::numeric_limits< double >::quiet_NaN() );
    }
    delivery.emitted = is_recorded ? weights_.data() : nullptr;
    delivery.note = is_recorded ? &EmissionLog::note : nullptr;
  }

  /* Listen to several events per connection only. */
  void
  begin_notes( NjDelivery& delivery )
  {
    notes_.clear();
    shift_ = 0;
    delivery.note = &EmissionLog::note;
    delivery.notes = this;
  }

  /* Deliver a part of the run next, from connection number `begin` on. */
  void
  begin_part( NjDelivery& delivery, const uint32_t begin )
  {
    shift_ = begin;
    delivery.emitted = delivery.emitted ? weights_.data() + begin : nullptr;
  }

  /* Several events per connection, if there are any. */
  const std::vector< Emission >&
  notes() const
  {
    return notes_;
  }

  /* Call `record( number, weight )` for each event. Of several spikes at once the last counts that led to any, as if
   * they were one. */
  template < typename Record >
  void
  for_each( const size_t run_size, const Record& record ) const
  {
    if ( notes_.empty() )
    {
      for ( uint32_t i = 0; i < run_size; ++i )
      {
        if ( not std::isnan( weights_[ i ] ) )
        {
          record( i, weights_[ i ] );
        }
      }
      return;
    }
    std::vector< uint32_t > last( run_size, 0 );
    for ( const Emission& emission : notes_ )
    {
      last[ emission.number ] = std::max( last[ emission.number ], emission.repeat );
    }
    for ( const Emission& emission : notes_ )
    {
      if ( emission.repeat == last[ emission.number ] )
      {
        record( emission.number, emission.weight );
      }
    }
  }

private:
  static void
  note( void* const log, const uint32_t number, const uint32_t repeat, const double weight )
  {
    auto& self = *static_cast< EmissionLog* >( log );
    self.notes_.push_back( { self.shift_ + number, repeat, weight } );
  }

  std::vector< double > weights_; /* of each connection's event; NaN if there was none */
  std::vector< Emission > notes_;
  uint32_t shift_ = 0; /* connection of the run that a kernel calls number 0 */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_EMISSION_LOG_H */
