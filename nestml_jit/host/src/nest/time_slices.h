/* Time as NEST counts it: steps, slices of them, and the delays that decide how long a slice is. */
#ifndef NESTML_JIT_TIME_SLICES_H
#define NESTML_JIT_TIME_SLICES_H

#include <cstddef>
#include <cstdint>

#include "kernel_manager.h"
#include "nest_time.h"

namespace nestml_jit
{

/* Milliseconds per step. */
inline double
resolution_ms()
{
  return nest::Time::get_resolution().get_ms();
}

/* The time of a step in milliseconds. */
inline double
ms_of_step( const int64_t step )
{
  return nest::Time( nest::Time::step( step ) ).get_ms();
}

/* The number of steps in so many milliseconds, rounded to the nearest. */
inline int64_t
steps_of_ms( const double ms )
{
  return nest::Time( nest::Time::ms( ms ) ).get_steps();
}

/* A delay in milliseconds. */
inline double
ms_of_delay( const int64_t steps )
{
  return nest::Time::delay_steps_to_ms( steps );
}

/* Steps of a slice: no spike travels for less. */
inline int64_t
min_delay_steps()
{
  return nest::kernel().connection_manager.get_min_delay();
}

inline int64_t
max_delay_steps()
{
  return nest::kernel().connection_manager.get_max_delay();
}

/* The step with which the present slice begins. */
inline int64_t
slice_origin()
{
  return nest::kernel().simulation_manager.get_slice_origin().get_steps();
}

/* The step until which multimeters have shown samples: they fetch those of a slice when the next one begins. */
inline int64_t
shown_until()
{
  const bool has_begun = nest::kernel().simulation_manager.get_from_step() > 0;
  return slice_origin() - ( has_begun ? 0 : min_delay_steps() );
}

/* The slot of all rings of input from which step `lag` of the present slice reads. */
inline uint32_t
ring_slot( const size_t lag )
{
  return static_cast< uint32_t >( nest::kernel().event_delivery_manager.get_modulo( lag ) );
}

} // namespace nestml_jit

#endif /* NESTML_JIT_TIME_SLICES_H */
