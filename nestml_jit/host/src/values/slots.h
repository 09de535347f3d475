/* What a column holds: 8 bytes, a double or the bits of an integer. */
#ifndef NESTML_JIT_SLOTS_H
#define NESTML_JIT_SLOTS_H

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace nestml_jit
{

/* Types of variables; the numbers are shared with TYPES in nestml_jit/host/descriptions.py. */
enum class Type : int32_t
{
  real,
  integer,
  boolean,
  text
};

/* The integer in a slot. */
inline int64_t
integer_in( const double slot )
{
  return std::bit_cast< int64_t >( slot );
}

/* The number of elements that an integer in a slot asks for. */
inline size_t
size_in( const double slot )
{
  return static_cast< size_t >( std::max< int64_t >( 0, integer_in( slot ) ) );
}

/* The slot that holds an integer. */
inline double
slot_of( const int64_t value )
{
  return std::bit_cast< double >( value );
}

/* Whether two slots hold the same. Comparing them as numbers would not do: an integer's bits may be no number. */
inline bool
is_same( const double a, const double b )
{
  return std::bit_cast< int64_t >( a ) == std::bit_cast< int64_t >( b );
}

/* What is in a slot of a type, as a real number. */
inline double
number_in( const Type type, const double slot )
{
  return type == Type::integer ? static_cast< double >( integer_in( slot ) ) : slot;
}

/* Whether a real number is an integer of 64 bits. */
inline bool
is_integer( const double value )
{
  return value >= -0x1p63 and value < 0x1p63 and static_cast< double >( static_cast< int64_t >( value ) ) == value;
}

} // namespace nestml_jit

#endif /* NESTML_JIT_SLOTS_H */
