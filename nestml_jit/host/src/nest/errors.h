/* Errors that Python raises as NEST's own exceptions. */
#ifndef NESTML_JIT_ERRORS_H
#define NESTML_JIT_ERRORS_H

#include <exception>
#include <string>

namespace nestml_jit
{

/* Each throws NEST's exception of that name; the text names the thing, the place, the reason and the next step. */
[[noreturn]] void throw_kernel_exception( const std::string& text );
[[noreturn]] void throw_bad_property( const std::string& text );
[[noreturn]] void throw_bad_delay( double ms, const std::string& text );
[[noreturn]] void throw_illegal_connection( const std::string& text );
[[noreturn]] void throw_unknown_model( const std::string& name );
[[noreturn]] void throw_unknown_synapse( const std::string& name );

/* The name of NEST's exception that an error is for Python; KernelException if it is not one of NEST's. */
std::string name_of_error( const std::exception& error );

} // namespace nestml_jit

#endif /* NESTML_JIT_ERRORS_H */
