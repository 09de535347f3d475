#include "values/program.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include "host_state.h"
#include "nest/time_slices.h"
#include "values/slots.h"
#include "values/texts.h"

namespace nestml_jit
{

namespace
{

/* What a function must not exceed, so that one without an end is an error. */
constexpr size_t most_calls = 10'000;
constexpr size_t most_rounds = 10'000'000;

union Value
{
  double real;
  int64_t whole;
};

/* Integers are 64 bits that wrap around; arithmetic on them is that of unsigned numbers. */
uint64_t
bits( const int64_t value )
{
  return static_cast< uint64_t >( value );
}

int64_t
cut_off( const double value )
{
  constexpr double limit = 9223372036854775808.0; // 2^63
  return std::fabs( value ) < limit ? static_cast< int64_t >( value ) : std::numeric_limits< int64_t >::min();
}

int64_t
checked_divisor( const int64_t value )
{
  if ( value == 0 )
  {
    throw Unevaluated( "an integer is divided by zero" );
  }
  return value;
}

int64_t
quotient( const int64_t left, const int64_t right )
{
  return checked_divisor( right ) == -1 ? static_cast< int64_t >( 0 - bits( left ) ) : left / right;
}

int64_t
remainder_of( const int64_t left, const int64_t right )
{
  return checked_divisor( right ) == -1 ? 0 : left % right;
}

int64_t
power_of( const int64_t base, const int64_t exponent )
{
  if ( exponent < 0 )
  {
    return cut_off( std::pow( static_cast< double >( base ), static_cast< double >( exponent ) ) );
  }
  uint64_t result = 1, factor = bits( base );
  for ( uint64_t left = bits( exponent ); left; left >>= 1 )
  {
    result *= left & 1 ? factor : 1;
    factor *= factor;
  }
  return static_cast< int64_t >( result );
}

void
check_index( const int64_t index, const int64_t size )
{
  if ( index < 0 or index >= size )
  {
    throw Unevaluated( "there is no element " + std::to_string( index ) + " in a vector of " + std::to_string( size ) );
  }
}

/* A real number as `print` shows it. */
std::string
shown( const double value )
{
  char text[ 32 ];
  const bool is_integer = value == std::rint( value ) and std::fabs( value ) < 1e15;
  std::snprintf( text, sizeof( text ), is_integer ? "%.0f" : "%g", value );
  return text;
}

struct Caller
{
  size_t base;
  size_t next;
};

/* One evaluation: the stack, and where each call returns to. */
class Evaluation
{
public:
  Evaluation( const std::vector< Op >& operations, const std::vector< double >& arguments, const double* const row )
    : operations_( operations )
    , arguments_( arguments )
    , row_( row )
    , stack_( on_stack_ )
  {
    make_room( 0 );
  }

  double
  run()
  {
    while ( next_ < operations_.size() and operations_[ next_ ] != Op::end )
    {
      const size_t i = next_++;
      if ( operations_[ i ] < Op::jump )
      {
        compute( operations_[ i ], arguments_[ i ] );
      }
      else
      {
        go_on( operations_[ i ], arguments_[ i ], i );
      }
    }
    return depth_ ? top().real : 0.0;
  }

private:
  void compute( Op operation, double argument );
  void go_on( Op operation, double argument, size_t i );
  void enter( size_t arguments );
  void leave();
  void go_to( size_t place, size_t i );
  size_t index( double size );

  void
  push( const double value )
  {
    stack_[ depth_++ ].real = value;
  }

  void
  push_whole( const int64_t value )
  {
    stack_[ depth_++ ].whole = value;
  }

  Value
  pop()
  {
    return stack_[ --depth_ ];
  }

  Value&
  top()
  {
    return stack_[ depth_ - 1 ];
  }

  template < typename Compute >
  void
  unary( const Compute& f )
  {
    top().real = f( top().real );
  }

  template < typename Compute >
  void
  binary( const Compute& f )
  {
    const double right = pop().real;
    top().real = f( top().real, right );
  }

  template < typename Compute >
  void
  ternary( const Compute& f )
  {
    const double last = pop().real;
    binary( [ & ]( double a, double b ) { return f( a, b, last ); } );
  }

  template < typename Compute >
  void
  whole_binary( const Compute& f )
  {
    const int64_t right = pop().whole;
    top().whole = static_cast< int64_t >( f( top().whole, right ) );
  }

  template < typename Compute >
  void
  compare( const Compute& f )
  {
    binary( [ & ]( double a, double b ) { return f( a, b ) ? 1.0 : 0.0; } );
  }

  template < typename Compute >
  void
  whole_compare( const Compute& f )
  {
    const int64_t right = pop().whole;
    top().real = f( top().whole, right ) ? 1.0 : 0.0;
  }

  /* Let `more` values, and all that one function may push, fit; it pushes at most one per operation. */
  void
  make_room( const size_t more )
  {
    const size_t needed = depth_ + more + operations_.size();
    if ( needed > capacity_ )
    {
      std::vector< Value > larger( 2 * needed );
      std::copy( stack_, stack_ + depth_, larger.begin() );
      on_heap_.swap( larger );
      stack_ = on_heap_.data();
      capacity_ = on_heap_.size();
    }
  }

  static constexpr size_t few = 32; // guards are checked for every connection: most programs need no memory

  const std::vector< Op >& operations_;
  const std::vector< double >& arguments_;
  const double* const row_;
  Value on_stack_[ few ];
  std::vector< Value > on_heap_;
  Value* stack_;
  size_t capacity_ = few;
  size_t depth_ = 0;
  size_t next_ = 0;
  size_t base_ = 0;
  size_t rounds_ = 0;
  std::vector< Caller > callers_;
};

#define NESTML_JIT_UNARY( name, function )                                                                             \
  case Op::name:                                                                                                       \
    return unary( []( double a ) { return function( a ); } );
#define NESTML_JIT_BINARY( name, function )                                                                            \
  case Op::name:                                                                                                       \
    return binary( []( double a, double b ) { return function( a, b ); } );
#define NESTML_JIT_TERNARY( name, function )                                                                           \
  case Op::name:                                                                                                       \
    return ternary( []( double a, double b, double c ) { return function( a, b, c ); } );

void
Evaluation::compute( const Op operation, const double argument )
{
  switch ( operation )
  {
  case Op::push:
    return push( argument );
  case Op::variable:
    return push( row_[ static_cast< size_t >( argument ) ] );
  case Op::add:
    return binary( []( double a, double b ) { return a + b; } );
  case Op::subtract:
    return binary( []( double a, double b ) { return a - b; } );
  case Op::multiply:
    return binary( []( double a, double b ) { return a * b; } );
  case Op::divide:
    return binary( []( double a, double b ) { return a / b; } );
  case Op::integer_divide:
    return binary( []( double a, double b ) { return std::trunc( a / b ); } );
  case Op::remainder:
    return binary( []( double a, double b ) { return std::fmod( a, b ); } );
  case Op::negate:
    return unary( []( double a ) { return -a; } );
  case Op::logical_not:
    return unary( []( double a ) { return a == 0.0 ? 1.0 : 0.0; } );
  case Op::less:
    return compare( []( double a, double b ) { return a < b; } );
  case Op::less_equal:
    return compare( []( double a, double b ) { return a <= b; } );
  case Op::equal:
    return compare( []( double a, double b ) { return a == b; } );
  case Op::not_equal:
    return compare( []( double a, double b ) { return a != b; } );
  case Op::greater_equal:
    return compare( []( double a, double b ) { return a >= b; } );
  case Op::greater:
    return compare( []( double a, double b ) { return a > b; } );
    NESTML_JIT_ELEMENTARY( NESTML_JIT_UNARY, NESTML_JIT_BINARY, NESTML_JIT_TERNARY )
  case Op::steps:
    return unary( []( double a ) { return static_cast< double >( steps_of_ms( a ) ); } );
  case Op::resolution:
    return push( resolution_ms() );
  case Op::text:
    return push( argument );
  case Op::join:
    return binary( []( double a, double b )
      { return host_state().texts.number( host_state().texts.text( a ) + host_state().texts.text( b ) ); } );
  case Op::show:
    return unary( []( double a ) { return host_state().texts.number( shown( a ) ); } );
  case Op::whole:
    top().whole = cut_off( top().real );
    return;
  case Op::real:
    top().real = static_cast< double >( top().whole );
    return;
  case Op::integer:
    return push_whole( integer_in( row_[ static_cast< size_t >( argument ) ] ) );
  case Op::whole_add:
    return whole_binary( []( int64_t a, int64_t b ) { return bits( a ) + bits( b ); } );
  case Op::whole_subtract:
    return whole_binary( []( int64_t a, int64_t b ) { return bits( a ) - bits( b ); } );
  case Op::whole_multiply:
    return whole_binary( []( int64_t a, int64_t b ) { return bits( a ) * bits( b ); } );
  case Op::whole_divide:
    return whole_binary( quotient );
  case Op::whole_remainder:
    return whole_binary( remainder_of );
  case Op::whole_power:
    return whole_binary( power_of );
  case Op::whole_negate:
    top().whole = static_cast< int64_t >( 0 - bits( top().whole ) );
    return;
  case Op::whole_less:
    return whole_compare( []( int64_t a, int64_t b ) { return a < b; } );
  case Op::whole_less_equal:
    return whole_compare( []( int64_t a, int64_t b ) { return a <= b; } );
  case Op::whole_equal:
    return whole_compare( []( int64_t a, int64_t b ) { return a == b; } );
  case Op::whole_not_equal:
    return whole_compare( []( int64_t a, int64_t b ) { return a != b; } );
  case Op::whole_greater_equal:
    return whole_compare( []( int64_t a, int64_t b ) { return a >= b; } );
  case Op::whole_greater:
    return whole_compare( []( int64_t a, int64_t b ) { return a > b; } );
  case Op::whole_min:
    return whole_binary( []( int64_t a, int64_t b ) { return std::min( a, b ); } );
  case Op::whole_max:
    return whole_binary( []( int64_t a, int64_t b ) { return std::max( a, b ); } );
  case Op::whole_abs:
    top().whole = static_cast< int64_t >( top().whole < 0 ? 0 - bits( top().whole ) : bits( top().whole ) );
    return;
  case Op::whole_clip:
  {
    const int64_t high = pop().whole;
    return whole_binary( [ high ]( int64_t a, int64_t low ) { return std::min( high, std::max( low, a ) ); } );
  }
  case Op::whole_show:
    top().real = host_state().texts.number( std::to_string( top().whole ) );
    return;
  case Op::bit_and:
    return whole_binary( []( int64_t a, int64_t b ) { return a & b; } );
  case Op::bit_or:
    return whole_binary( []( int64_t a, int64_t b ) { return a | b; } );
  case Op::bit_xor:
    return whole_binary( []( int64_t a, int64_t b ) { return a ^ b; } );
  case Op::shift_left:
    return whole_binary( []( int64_t a, int64_t b ) { return bits( a ) << ( b & 63 ); } );
  case Op::shift_right:
    return whole_binary( []( int64_t a, int64_t b ) { return a >> ( b & 63 ); } );
  case Op::bit_not:
    top().whole = ~top().whole;
    return;
  case Op::checked:
  {
    const int64_t size = pop().whole;
    return check_index( top().whole, size );
  }
  default:
    return;
  }
}

#undef NESTML_JIT_UNARY
#undef NESTML_JIT_BINARY
#undef NESTML_JIT_TERNARY

/* Operations that move on to another place, or concern locals. */
void
Evaluation::go_on( const Op operation, const double argument, const size_t i )
{
  const auto place = static_cast< size_t >( argument );
  switch ( operation )
  {
  case Op::jump:
    return go_to( place, i );
  case Op::jump_unless:
    return pop().real != 0.0 ? void() : go_to( place, i );
  case Op::drop:
    pop();
    return;
  case Op::call:
    callers_.push_back( { base_, next_ } );
    next_ = place;
    return;
  case Op::enter:
    return enter( place );
  case Op::reserve:
    make_room( place );
    std::fill_n( stack_ + depth_, place, Value { 0.0 } );
    depth_ += place;
    return;
  case Op::leave:
    return leave();
  case Op::local:
    stack_[ depth_++ ] = stack_[ base_ + place ];
    return;
  case Op::set_local:
    stack_[ base_ + place ] = pop();
    return;
  case Op::element:
    return push( row_[ static_cast< size_t >( arguments_[ i - 1 ] ) + index( argument ) ] );
  case Op::local_element:
  {
    const size_t found = index( argument );
    stack_[ depth_++ ] = stack_[ base_ + static_cast< size_t >( arguments_[ i - 1 ] ) + found ];
    return;
  }
  case Op::set_local_element:
  {
    const size_t found = index( argument );
    stack_[ base_ + static_cast< size_t >( arguments_[ i - 1 ] ) + found ] = pop();
    return;
  }
  default:
    return;
  }
}

void
Evaluation::go_to( const size_t place, const size_t i )
{
  if ( place <= i and ++rounds_ > most_rounds )
  {
    throw Unevaluated( "a loop has more than " + std::to_string( most_rounds ) + " rounds" );
  }
  next_ = place;
}

void
Evaluation::enter( const size_t arguments )
{
  if ( callers_.size() > most_calls )
  {
    throw Unevaluated( "a function calls itself more than " + std::to_string( most_calls ) + " times" );
  }
  if ( ++rounds_ > most_rounds )
  {
    throw Unevaluated( "functions are called more than " + std::to_string( most_rounds ) + " times" );
  }
  make_room( 0 );
  base_ = depth_ - arguments;
}

void
Evaluation::leave()
{
  const Value result = pop();
  depth_ = base_;
  stack_[ depth_++ ] = result;
  base_ = callers_.back().base;
  next_ = callers_.back().next;
  callers_.pop_back();
}

/* Pop an index, which is checked. */
size_t
Evaluation::index( const double size )
{
  const int64_t found = pop().whole;
  check_index( found, static_cast< int64_t >( size ) );
  return static_cast< size_t >( found );
}

} // namespace

double
Program::evaluate( const double* row ) const
{
  return Evaluation( operations_, arguments_, row ).run();
}

} // namespace nestml_jit
