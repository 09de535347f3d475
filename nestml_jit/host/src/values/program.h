/* Expressions in postfix form: defaults, initial values and guards, evaluated without a compiler. */
#ifndef NESTML_JIT_PROGRAM_H
#define NESTML_JIT_PROGRAM_H

#include <cstdint>
#include <stdexcept>
#include <vector>

#include "values/elementary.h"

namespace nestml_jit
{

/* The numbers are shared with OPCODES in card.py.
 *
 * Operations work on a stack of values, which are real numbers, integers of 64 bits (`whole`), truth values (0.0 and
 * 1.0), or texts (their numbers, see texts.h). Whoever writes a program knows which is where. */
#define NESTML_JIT_OPERATION( name, function ) name,
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
  negate,
  logical_not,
  less,
  less_equal,
  equal,
  not_equal,
  greater_equal,
  greater,
  NESTML_JIT_ELEMENTARY( NESTML_JIT_OPERATION, NESTML_JIT_OPERATION, NESTML_JIT_OPERATION ) // exp, ln, ...
  steps,
  resolution,
  text,
  join,
  show,    /* a real number becomes a text */
  whole,   /* a real number becomes an integer, its fraction is cut off */
  real,    /* an integer becomes a real number */
  integer, /* push the integer that a variable is */
  whole_add,
  whole_subtract,
  whole_multiply,
  whole_divide,
  whole_remainder,
  whole_power,
  whole_negate,
  whole_less,
  whole_less_equal,
  whole_equal,
  whole_not_equal,
  whole_greater_equal,
  whole_greater,
  whole_min,
  whole_max,
  whole_abs,
  whole_clip,
  whole_show,
  bit_and,
  bit_or,
  bit_xor,
  shift_left,
  shift_right,
  bit_not,
  checked,     /* pop a size; the index below must fit */
  jump,        /* go on at the operation with this number */
  jump_unless, /* pop a truth value; go there if it is false */
  drop,        /* pop a value */
  end,         /* stop; functions follow */
  call,        /* call the function whose first operation has this number; its arguments are on the stack */
  enter,       /* begin a function with this many arguments, its first locals */
  reserve,     /* give it that many more locals, all 0 */
  leave,       /* pop a value; the caller finds it in the place of the arguments */
  local,       /* push a local */
  set_local,   /* pop a value into a local */
  elements,    /* the first element of a vector, a variable, for the next operation */
  element,     /* pop an index; push that element of the vector, which has this size */
  locals,      /* the first element of a local vector, for the next operation */
  local_element,
  set_local_element, /* pop an index, then a value for that element */
  count_
};
#undef NESTML_JIT_OPERATION

/* The value of a program cannot be computed; the text says why. */
class Unevaluated : public std::runtime_error
{
public:
  using std::runtime_error::runtime_error;
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

  /* Call `use` with the index of every variable that is, or may be, read. */
  template < typename Use >
  void
  for_each_variable( const Use& use ) const
  {
    for ( size_t i = 0; i < operations_.size(); ++i )
    {
      if ( reads( i ) )
      {
        use( static_cast< size_t >( arguments_[ i ] ) );
      }
      else if ( operations_[ i ] == Op::elements )
      {
        for ( size_t k = 0; k < static_cast< size_t >( arguments_[ i + 1 ] ); ++k )
        {
          use( static_cast< size_t >( arguments_[ i ] ) + k );
        }
      }
    }
  }

  /* Indices of the variables that are read by themselves, in order. */
  std::vector< size_t >
  variables_read() const
  {
    std::vector< size_t > found;
    for ( size_t i = 0; i < operations_.size(); ++i )
    {
      if ( reads( i ) )
      {
        found.push_back( static_cast< size_t >( arguments_[ i ] ) );
      }
    }
    return found;
  }

  /* The same program over other variables: `change` maps the indices of those that are read by themselves. */
  template < typename Change >
  Program
  with_variables( const Change& change ) const
  {
    Program made = *this;
    for ( size_t i = 0; i < operations_.size(); ++i )
    {
      if ( reads( i ) )
      {
        made.arguments_[ i ] = static_cast< double >( change( static_cast< size_t >( arguments_[ i ] ) ) );
      }
    }
    return made;
  }

  /* Evaluate with `row` holding the values of the model's variables, as their columns do; so is the result. */
  double evaluate( const double* row ) const;

private:
  bool
  reads( const size_t i ) const
  {
    return operations_[ i ] == Op::variable or operations_[ i ] == Op::integer;
  }

  std::vector< Op > operations_;
  std::vector< double > arguments_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_PROGRAM_H */
