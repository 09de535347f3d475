/* Names in capitals, as NESTML's code spells receptors and elements of vectors. */
#ifndef NESTML_JIT_UPPER_CASE_H
#define NESTML_JIT_UPPER_CASE_H

#include <algorithm>
#include <cctype>
#include <string>

namespace nestml_jit
{

inline std::string
upper_case( std::string name )
{
  std::transform( name.begin(), name.end(), name.begin(), []( unsigned char c ) { return std::toupper( c ); } );
  return name;
}

} // namespace nestml_jit

#endif /* NESTML_JIT_UPPER_CASE_H */
