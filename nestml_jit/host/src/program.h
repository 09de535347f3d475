/* Expressions in postfix form: defaults, initial values and guards, evaluated without a compiler. */
#ifndef NESTML_JIT_PROGRAM_H
#define NESTML_JIT_PROGRAM_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "nest_time.h"

#include "texts.h"

namespace nestml_jit
{

/* The numbers are shared with OPCODES in card.py. */
enum class Op : int32_t
{
  push,
  variable,
  add,
  subtract,
  multiply,
  divide,
  integer_divide,
  remainder,
  power,
  negate,
  logical_not,
  logical_and,
  logical_or,
  less,
  less_equal,
  equal,
  not_equal,
  greater_equal,
  greater,
  select,
  exp,
  ln,
  log10,
  expm1,
  sin,
  cos,
  tan,
  sinh,
  cosh,
  tanh,
  erf,
  erfc,
  min,
  max,
  abs,
  ceil,
  floor,
  round,
  clip,
  steps,
  resolution,
  text,
  join,
  count_
};

class Program
{
public:
  Program() = default;

  Program( const int32_t* operations, const double* arguments, const size_t size )
    : arguments_( arguments, arguments + size )
  {
    operations_.reserve( size );
    for ( size_t i = 0; i < size; ++i )
    {
      operations_.push_back( static_cast< Op >( operations[ i ] ) );
    }
  }

  bool
  empty() const
  {
    return operations_.empty();
  }

  /* Call `use` with the index of every variable that is read. */
  template < typename Use >
  void
  for_each_variable( const Use& use ) const
  {
    for ( size_t i = 0; i < operations_.size(); ++i )
    {
      if ( operations_[ i ] == Op::variable )
      {
        use( static_cast< size_t >( arguments_[ i ] ) );
      }
    }
  }

  /* Indices of the variables that are read, in order. */
  std::vector< size_t >
  variables_read() const
  {
    std::vector< size_t > found;
    for_each_variable( [ &found ]( const size_t i ) { found.push_back( i ); } );
    return found;
  }

  /* The same program over other variables: `change` maps their indices. */
  template < typename Change >
  Program
  with_variables( const Change& change ) const
  {
    Program made = *this;
    for ( size_t i = 0; i < operations_.size(); ++i )
    {
      if ( operations_[ i ] == Op::variable )
      {
        made.arguments_[ i ] = static_cast< double >( change( static_cast< size_t >( arguments_[ i ] ) ) );
      }
    }
    return made;
  }

  /* Evaluate with `row` holding the values of the model's variables. */
  double evaluate( const double* row ) const;

private:
  std::vector< Op > operations_;
  std::vector< double > arguments_;
};

inline double
Program::evaluate( const double* row ) const
{
  // a stack is never deeper than there are operations; guards are checked for every connection
  constexpr size_t few = 32;
  double on_stack[ few ];
  std::vector< double > on_heap( operations_.size() > few ? operations_.size() : 0 );
  double* const stack = on_heap.empty() ? on_stack : on_heap.data();
  size_t depth = 0;
  const auto push = [ & ]( const double value ) { stack[ depth++ ] = value; };
  const auto pop = [ & ] { return stack[ --depth ]; };
  const auto top = [ & ]() -> double& { return stack[ depth - 1 ]; };
  const auto unary = [ & ]( auto f ) { top() = f( top() ); };
  const auto binary = [ & ]( auto f )
  {
    const double right = pop();
    top() = f( top(), right );
  };

  for ( size_t i = 0; i < operations_.size(); ++i )
  {
    switch ( operations_[ i ] )
    {
    case Op::push:
      push( arguments_[ i ] );
      break;
    case Op::variable:
      push( row[ static_cast< size_t >( arguments_[ i ] ) ] );
      break;
    case Op::add:
      binary( []( double a, double b ) { return a + b; } );
      break;
    case Op::subtract:
      binary( []( double a, double b ) { return a - b; } );
      break;
    case Op::multiply:
      binary( []( double a, double b ) { return a * b; } );
      break;
    case Op::divide:
      binary( []( double a, double b ) { return a / b; } );
      break;
    case Op::integer_divide:
      binary( []( double a, double b ) { return std::trunc( a / b ); } );
      break;
    case Op::remainder:
      binary( []( double a, double b ) { return std::fmod( a, b ); } );
      break;
    case Op::power:
      binary( []( double a, double b ) { return std::pow( a, b ); } );
      break;
    case Op::negate:
      unary( []( double a ) { return -a; } );
      break;
    case Op::logical_not:
      unary( []( double a ) { return a == 0.0 ? 1.0 : 0.0; } );
      break;
    case Op::logical_and:
      binary( []( double a, double b ) { return a != 0.0 and b != 0.0 ? 1.0 : 0.0; } );
      break;
    case Op::logical_or:
      binary( []( double a, double b ) { return a != 0.0 or b != 0.0 ? 1.0 : 0.0; } );
      break;
    case Op::less:
      binary( []( double a, double b ) { return a < b ? 1.0 : 0.0; } );
      break;
    case Op::less_equal:
      binary( []( double a, double b ) { return a <= b ? 1.0 : 0.0; } );
      break;
    case Op::equal:
      binary( []( double a, double b ) { return a == b ? 1.0 : 0.0; } );
      break;
    case Op::not_equal:
      binary( []( double a, double b ) { return a != b ? 1.0 : 0.0; } );
      break;
    case Op::greater_equal:
      binary( []( double a, double b ) { return a >= b ? 1.0 : 0.0; } );
      break;
    case Op::greater:
      binary( []( double a, double b ) { return a > b ? 1.0 : 0.0; } );
      break;
    case Op::select:
    {
      const double if_false = pop();
      const double if_true = pop();
      top() = top() != 0.0 ? if_true : if_false;
      break;
    }
    case Op::exp:
      unary( []( double a ) { return std::exp( a ); } );
      break;
    case Op::ln:
      unary( []( double a ) { return std::log( a ); } );
      break;
    case Op::log10:
      unary( []( double a ) { return std::log10( a ); } );
      break;
    case Op::expm1:
      unary( []( double a ) { return std::expm1( a ); } );
      break;
    case Op::sin:
      unary( []( double a ) { return std::sin( a ); } );
      break;
    case Op::cos:
      unary( []( double a ) { return std::cos( a ); } );
      break;
    case Op::tan:
      unary( []( double a ) { return std::tan( a ); } );
      break;
    case Op::sinh:
      unary( []( double a ) { return std::sinh( a ); } );
      break;
    case Op::cosh:
      unary( []( double a ) { return std::cosh( a ); } );
      break;
    case Op::tanh:
      unary( []( double a ) { return std::tanh( a ); } );
      break;
    case Op::erf:
      unary( []( double a ) { return std::erf( a ); } );
      break;
    case Op::erfc:
      unary( []( double a ) { return std::erfc( a ); } );
      break;
    case Op::min:
      binary( []( double a, double b ) { return std::min( a, b ); } );
      break;
    case Op::max:
      binary( []( double a, double b ) { return std::max( a, b ); } );
      break;
    case Op::abs:
      unary( []( double a ) { return std::fabs( a ); } );
      break;
    case Op::ceil:
      unary( []( double a ) { return std::ceil( a ); } );
      break;
    case Op::floor:
      unary( []( double a ) { return std::floor( a ); } );
      break;
    case Op::round:
      unary( []( double a ) { return std::round( a ); } );
      break;
    case Op::clip:
    {
      const double high = pop();
      const double low = pop();
      top() = std::min( high, std::max( low, top() ) );
      break;
    }
    case Op::steps:
      unary( []( double a ) { return static_cast< double >( nest::Time( nest::Time::ms( a ) ).get_steps() ); } );
      break;
    case Op::resolution:
      push( nest::Time::get_resolution().get_ms() );
      break;
    case Op::text:
      push( arguments_[ i ] );
      break;
    case Op::join:
      binary(
        []( double a, double b ) { return Texts::get().number( Texts::get().text( a ) + Texts::get().text( b ) ); } );
      break;
    case Op::count_:
      break;
    }
  }
  return depth ? top() : 0.0;
}

} // namespace nestml_jit

#endif /* NESTML_JIT_PROGRAM_H */
