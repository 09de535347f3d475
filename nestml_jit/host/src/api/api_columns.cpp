/* The C interface: variables of whole populations. */
#include "api/api.h"

#include "neurons/population.h"

using namespace nestml_jit;

NJ_API void*
nj_columns_new( const uint64_t* const ids, const uint64_t size )
{
  Population* made = nullptr;
  guarded( [ & ] { made = new Population( ids, size ); } );
  return made;
}

NJ_API void
nj_columns_drop( void* const handle )
{
  delete static_cast< Population* >( handle );
}

NJ_API int
nj_columns_model( void* const handle )
{
  return guarded( [ & ] { thread_state().text = static_cast< Population* >( handle )->type().name(); } );
}

NJ_API int
nj_columns_places( void* const handle, uint32_t* const thread, uint32_t* const lane )
{
  return guarded(
    [ & ]
    {
      size_t i = 0;
      for ( const auto& place : static_cast< Population* >( handle )->places() )
      {
        thread[ i ] = static_cast< uint32_t >( place.block->nodes().thread() );
        lane[ i++ ] = place.lane;
      }
    } );
}

NJ_API int
nj_columns_get( void* const handle, const char* const name, double* const out )
{
  return guarded( [ & ] { static_cast< Population* >( handle )->get( name, out ); } );
}

NJ_API int
nj_columns_set( void* const handle, const char* const name, const double* const values, const int one, const int whole )
{
  return guarded( [ & ] { static_cast< Population* >( handle )->set( name, values, one != 0, whole != 0 ); } );
}

/* Number `index` of the stretches of memory of a column on a thread: its first lane, number of lanes, and where it is.
 * `memory` keeps it alive until it is given to nj_memory_drop; it is null if there is no such stretch. */
NJ_API int
nj_columns_pin( void* const handle,
  const char* const name,
  const uint32_t thread,
  const uint32_t index,
  uint64_t* const first,
  uint64_t* const lanes,
  double** const data,
  void** const memory )
{
  return guarded(
    [ & ]
    {
      const auto& stretches = static_cast< Population* >( handle )->pin( name, thread );
      *memory = nullptr;
      if ( index < stretches.size() )
      {
        *first = stretches[ index ].first_tile * NJ_TILE;
        *lanes = stretches[ index ].tiles * NJ_TILE;
        *data = stretches[ index ].memory.get();
        *memory = new std::shared_ptr< double >( stretches[ index ].memory );
      }
    } );
}

NJ_API void
nj_memory_drop( void* const memory )
{
  delete static_cast< std::shared_ptr< double >* >( memory );
}
