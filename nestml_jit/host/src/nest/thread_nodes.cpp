#include "nest/thread_nodes.h"

#include <cstring>
#include <typeinfo>

namespace nestml_jit
{

std::string
model_that_counts_nodes()
{
  const auto& all = nest::kernel().model_manager.get_connection_models( 0 );
  for ( size_t id = 0; id < all.size(); ++id )
  {
    if ( all[ id ] and std::strstr( typeid( *all[ id ] ).name(), "TargetIdentifierIndex" )
      and nest::kernel().connection_manager.get_num_connections( id ) > 0 )
    {
      return all[ id ]->get_name();
    }
  }
  return "";
}

} // namespace nestml_jit
