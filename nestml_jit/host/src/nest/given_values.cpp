#include "nest/given_values.h"

#include <memory>

#include "kernel_manager.h"

#include "nest/threads.h"

namespace nestml_jit
{

namespace
{

using Random = std::shared_ptr< nest::Parameter >;

} // namespace

void
GivenValues::accept( const std::string& key, const Dictionary& shown ) const
{
  for ( const auto& [ name, entry ] : d_ ) // looking it up would mark it as read
  {
    if ( name == key and entry.item == shown.at( key ) )
    {
      d_.mark_as_accessed( key );
    }
  }
}

bool
GivenValues::is_random( const any_type& value )
{
  return std::holds_alternative< Random >( value );
}

std::vector< double >
GivenValues::draw( const any_type& value, const size_t size ) const
{
  std::vector< double > values;
  for ( size_t k = 0; node_ and k < size; ++k )
  {
    const auto rng = nest::get_vp_specific_rng( thread_of( node_->get_node_id() ) );
    values.push_back( std::get< Random >( value )->value( rng, node_ ) );
  }
  return values;
}

} // namespace nestml_jit
