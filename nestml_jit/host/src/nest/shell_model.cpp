#include "nest/shell_model.h"

#include "kernel_manager.h"
#include "nest_names.h"

#include "host_state.h"
#include "values/description.h"

namespace nest
{

using nestml_jit::NeuronType;
using nestml_jit::Shell;

GenericModel< Shell >::GenericModel( const std::string& name, const std::string& )
  : Model( name )
  , type_( std::make_unique< NeuronType >( nestml_jit::host_state().descriptions.next_neuron,
      name,
      kernel().vp_manager.get_num_threads() ) )
  , prototype_( std::make_unique< Shell >( *type_ ) )
{
  set_threads();
}

GenericModel< Shell >::GenericModel( const GenericModel& other, const std::string& name )
  : Model( name )
  , type_( std::make_unique< NeuronType >( *other.type_, name, kernel().vp_manager.get_num_threads() ) )
  , prototype_( std::make_unique< Shell >( *type_ ) )
{
  set_type_id( other.get_type_id() );
  set_threads();
}

GenericModel< Shell >::~GenericModel() = default;

Model*
GenericModel< Shell >::clone( const std::string& name ) const
{
  return new GenericModel( *this, name );
}

Dictionary
GenericModel< Shell >::get_status_()
{
  Dictionary d = prototype_->get_status_base();
  d[ names::elementsize ] = static_cast< long >( sizeof( Shell ) );
  return d;
}

Node*
GenericModel< Shell >::create_()
{
  return new Shell( type_->block( kernel().vp_manager.get_thread_id() ) );
}

} // namespace nest
