/* What models print. */
#ifndef NESTML_JIT_MESSAGES_H
#define NESTML_JIT_MESSAGES_H

#include <iostream>
#include <string>

#include "logging.h"

#include "kernel_manager.h"

namespace nestml_jit
{

/* Print a text (level 0), or hand it to NEST's log as an information (1) or a warning (2).
 *
 * NEST's log does not show where a message comes from, so that the text has to say it. */
inline void
print( const int32_t level, const std::string& who, const char* const text )
{
  if ( level == 0 )
  {
#pragma omp critical( nestml_jit_print )
    std::cout << text << std::flush;
    return;
  }
  LOG( level == 1 ? nest::VerbosityLevel::INFO : nest::VerbosityLevel::WARNING, who, who + ": " + text );
}

} // namespace nestml_jit

#endif /* NESTML_JIT_MESSAGES_H */
