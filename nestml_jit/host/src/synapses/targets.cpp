#include "synapses/targets.h"

#include <limits>

#include "nest/errors.h"

namespace nestml_jit
{

size_t
Targets::find( const Block* const block, const size_t rport ) const
{
  for ( size_t k = list_.size(); k-- > 0; )
  {
    if ( list_[ k ].block() == block and list_[ k ].rport() == rport )
    {
      return k;
    }
  }
  return list_.size();
}

void
Targets::add( Block* const block, const size_t rport, const std::string& model )
{
  if ( list_.size() > std::numeric_limits< uint16_t >::max() )
  {
    throw_illegal_connection( "The synapse model '" + model
      + "' reaches more than 65536 pairs of neuron model and receptor type on one thread. Copy it with CopyModel." );
  }
  list_.emplace_back( block, rport );
}

} // namespace nestml_jit
