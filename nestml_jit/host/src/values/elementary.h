/* The elementary functions of models, as the host computes them for initial values and guards. */
#ifndef NESTML_JIT_ELEMENTARY_H
#define NESTML_JIT_ELEMENTARY_H

#include <algorithm>
#include <cmath>

namespace nestml_jit
{

inline double
clipped( const double value, const double low, const double high )
{
  return std::min( high, std::max( low, value ) );
}

} // namespace nestml_jit

// clang-format off
/* One line for each function, in the order of BUILTINS in nestml_jit/functions.py. The name is that of the
 * operation (`Op::exp`); the macro says how many real numbers the C++ function takes. */
#define NESTML_JIT_ELEMENTARY( unary, binary, ternary ) \
  unary( exp, std::exp ) \
  unary( ln, std::log ) \
  unary( log10, std::log10 ) \
  unary( expm1, std::expm1 ) \
  unary( sin, std::sin ) \
  unary( cos, std::cos ) \
  unary( tan, std::tan ) \
  unary( sinh, std::sinh ) \
  unary( cosh, std::cosh ) \
  unary( tanh, std::tanh ) \
  unary( erf, std::erf ) \
  unary( erfc, std::erfc ) \
  unary( ceil, std::ceil ) \
  unary( floor, std::floor ) \
  unary( round, std::round ) \
  unary( abs, std::fabs ) \
  binary( min, std::min ) \
  binary( max, std::max ) \
  ternary( clip, clipped ) \
  binary( pow, std::pow )
// clang-format on

#endif /* NESTML_JIT_ELEMENTARY_H */
