/* The C interface: variables of many connections. */
#include "api/api.h"

#include "nest/selected_connections.h"
#include "nest/static_model.h"

using namespace nestml_jit;

/* Select what PyNEST's connection objects stand for; null and no error if any of them is none of ours. `offset` is where
 * they have NEST's identification. */
NJ_API void*
nj_connections_of( const char* const* const objects, const uint64_t size, const uint64_t offset )
{
  SelectedConnections* made = nullptr;
  guarded( [ & ] { made = new SelectedConnections( objects, size, offset ); } );
  if ( made and made->size() == size )
  {
    return made;
  }
  delete made;
  return nullptr;
}

/* Select the connections of a synapse model between nodes; null is for all nodes. */
NJ_API void*
nj_connections_between( const char* const model,
  const uint64_t* const sources,
  const uint64_t n_sources,
  const uint64_t* const targets,
  const uint64_t n_targets )
{
  SelectedConnections* made = nullptr;
  guarded(
    [ & ]
    {
      made = new SelectedConnections( model, ChosenNodes { sources, n_sources }, ChosenNodes { targets, n_targets } );
    } );
  return made;
}

NJ_API void
nj_connections_drop( void* const handle )
{
  delete static_cast< SelectedConnections* >( handle );
}

NJ_API uint64_t
nj_connections_size( void* const handle )
{
  return static_cast< SelectedConnections* >( handle )->size();
}

/* What a connection object has that is of so many bytes: a source, a target, a thread, a model and a number. */
NJ_API uint64_t
nj_connection_id_bytes()
{
  return SelectedConnections::id_bytes;
}

NJ_API int
nj_connections_get( void* const handle, const char* const name, double* const out )
{
  return guarded( [ & ] { static_cast< SelectedConnections* >( handle )->get( name, out ); } );
}

NJ_API int
nj_connections_set( void* const handle, const char* const name, const double* const values, const int one )
{
  return guarded( [ & ] { static_cast< SelectedConnections* >( handle )->set( name, values, one != 0 ); } );
}

/* How many connections of NEST's static synapse, or of a copy of it, are stored in columns on this process. */
NJ_API uint64_t
nj_static_connections( const char* const model )
{
  uint64_t number = 0;
  guarded( [ & ] { number = static_connections( model ); } );
  return number;
}
