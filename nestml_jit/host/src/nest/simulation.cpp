#include "nest/simulation.h"

#include <limits>

#include "kernel_manager.h"
#include "nest_names.h"

#include "nest/interrupt.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

uint64_t
rng_seed()
{
  Dictionary random;
  nest::kernel().random_manager.get_status( random );
  return static_cast< uint64_t >( random.get< long >( nest::names::rng_seed ) );
}

bool
may_grow()
{
  return nest::kernel().sp_manager.is_structural_plasticity_enabled();
}

bool
is_prepared()
{
  return nest::kernel().simulation_manager.has_been_prepared();
}

int64_t
steps_to_do( const double duration )
{
  constexpr double longest = 1e13; // ms, beyond which NEST has no times
  return steps_left() + ( duration > 0.0 and duration < longest ? steps_of_ms( duration ) : 0 );
}

void
lift_time_limit()
{
  Dictionary none;
  none[ nest::names::update_time_limit ] = std::numeric_limits< double >::infinity();
  nest::kernel().simulation_manager.set_status( none );
}

} // namespace nestml_jit
