#include "nest/errors.h"

#include "exceptions.h"
#include "nest_time.h"

namespace nestml_jit
{

void
throw_kernel_exception( const std::string& text )
{
  throw nest::KernelException( text );
}

void
throw_bad_property( const std::string& text )
{
  throw nest::BadProperty( text );
}

void
throw_bad_delay( const double ms, const std::string& text )
{
  throw nest::BadDelay( ms, text );
}

void
throw_illegal_connection( const std::string& text )
{
  throw nest::IllegalConnection( text );
}

void
throw_unknown_model( const std::string& name )
{
  throw nest::UnknownModelName( name );
}

void
throw_unknown_synapse( const std::string& name )
{
  throw nest::UnknownSynapseType( name );
}

std::string
name_of_error( const std::exception& error )
{
  const auto* const nests = dynamic_cast< const nest::KernelException* >( &error );
  return nests ? nests->exception_name() : "KernelException";
}

} // namespace nestml_jit
