/* clang's OpenMP on GNU's runtime.
 *
 * clang calls the functions of its own runtime. A NEST that was compiled with g++ has loaded GNU's, and
 * a second runtime in the process would have threads of its own, with numbers that mean nothing to NEST.
 * So the few functions that clang needs for the host are given here in terms of GNU's. They are hidden:
 * other libraries in the process may bring clang's runtime along and must find that.
 */
#ifndef NESTML_JIT_OPENMP_BRIDGE_H
#define NESTML_JIT_OPENMP_BRIDGE_H

#ifdef NESTML_JIT_OPENMP_BRIDGE

#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" {
void GOMP_parallel( void ( *body )( void* ), void* data, unsigned threads, unsigned flags );
void GOMP_critical_start();
void GOMP_critical_end();
void GOMP_barrier();
int omp_get_thread_num();
}

namespace nestml_jit::openmp_bridge
{

constexpr size_t most_arguments = 8;

/* The body of a parallel region as clang outlines it, with the variables that it captures. */
struct Region
{
  void ( *body )( int32_t*, int32_t*, ... );
  int32_t count;
  std::array< void*, most_arguments > captured;
};

/* Run a region in one thread. The body has a fixed number of arguments, whatever its declared type is;
   those that it does not have are passed in vain, which the calling conventions in use allow. */
inline void
run( void* const data )
{
  const auto& region = *static_cast< const Region* >( data );
  int32_t thread = omp_get_thread_num();
  int32_t bound = 0;
  const auto& c = region.captured;
  using Body = void ( * )( int32_t*, int32_t*, void*, void*, void*, void*, void*, void*, void*, void* );
  reinterpret_cast< Body >( reinterpret_cast< void* >( region.body ) )(
    &thread, &bound, c[ 0 ], c[ 1 ], c[ 2 ], c[ 3 ], c[ 4 ], c[ 5 ], c[ 6 ], c[ 7 ] );
}

} // namespace nestml_jit::openmp_bridge

#define NESTML_JIT_BRIDGE extern "C" __attribute__( ( visibility( "hidden" ), used ) )

NESTML_JIT_BRIDGE void
__kmpc_fork_call( void*, const int32_t count, void ( *body )( int32_t*, int32_t*, ... ), ... )
{
  nestml_jit::openmp_bridge::Region region { body, count, {} };
  if ( static_cast< size_t >( count ) > nestml_jit::openmp_bridge::most_arguments )
  {
    std::abort(); // NEST's headers capture two variables at most
  }
  va_list arguments;
  va_start( arguments, body );
  for ( int32_t i = 0; i < count; ++i )
  {
    region.captured[ i ] = va_arg( arguments, void* );
  }
  va_end( arguments );
  GOMP_parallel( nestml_jit::openmp_bridge::run, &region, 0, 0 );
}

NESTML_JIT_BRIDGE int32_t
__kmpc_global_thread_num( void* )
{
  return omp_get_thread_num();
}

NESTML_JIT_BRIDGE void
__kmpc_critical( void*, int32_t, void* )
{
  GOMP_critical_start();
}

NESTML_JIT_BRIDGE void
__kmpc_end_critical( void*, int32_t, void* )
{
  GOMP_critical_end();
}

NESTML_JIT_BRIDGE int32_t
__kmpc_master( void*, int32_t )
{
  return omp_get_thread_num() == 0;
}

NESTML_JIT_BRIDGE void
__kmpc_end_master( void*, int32_t )
{
}

NESTML_JIT_BRIDGE void
__kmpc_barrier( void*, int32_t )
{
  GOMP_barrier();
}

#endif

#endif
