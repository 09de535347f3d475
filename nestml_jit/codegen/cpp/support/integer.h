/* Integers of 64 bits that wrap around, and casts that are defined for every number. A column of integers holds
   their bits in the place of doubles. */
[[maybe_unused]] static inline int64_t nj_bits(double slot)
{
  int64_t value;
  std::memcpy(&value, &slot, sizeof(value));
  return value;
}
[[maybe_unused]] static inline double nj_slot(int64_t value)
{
  double slot;
  std::memcpy(&slot, &value, sizeof(slot));
  return slot;
}
[[maybe_unused]] static inline int64_t nj_integer(int64_t value) { return value; }
/* A number without its fraction; the smallest integer for what none can hold. */
[[maybe_unused]] static inline int64_t nj_integer(double value)
{
  return value >= -0x1p63 && value < 0x1p63 ? int64_t(value) : INT64_MIN;
}
[[maybe_unused]] static inline int64_t nj_add(int64_t a, int64_t b) { return int64_t(uint64_t(a) + uint64_t(b)); }
[[maybe_unused]] static inline int64_t nj_subtract(int64_t a, int64_t b) { return int64_t(uint64_t(a) - uint64_t(b)); }
[[maybe_unused]] static inline int64_t nj_multiply(int64_t a, int64_t b) { return int64_t(uint64_t(a) * uint64_t(b)); }
[[maybe_unused]] static inline int64_t nj_negate(int64_t a) { return int64_t(-uint64_t(a)); }
[[maybe_unused]] static inline int64_t nj_not(int64_t a) { return ~a; }
[[maybe_unused]] static inline int64_t nj_and(int64_t a, int64_t b) { return a & b; }
[[maybe_unused]] static inline int64_t nj_or(int64_t a, int64_t b) { return a | b; }
[[maybe_unused]] static inline int64_t nj_exclusive_or(int64_t a, int64_t b) { return a ^ b; }
/* Only the lowest six bits of a count matter. */
[[maybe_unused]] static inline int64_t nj_shift_left(int64_t a, int64_t count)
{
  return int64_t(uint64_t(a) << (count & 63));
}
[[maybe_unused]] static inline int64_t nj_shift_right(int64_t a, int64_t count) { return a >> (count & 63); }
/* The fraction is cut off. A division by zero gives 0, and leaves what was to be divided. */
[[maybe_unused]] static inline int64_t nj_divide(int64_t a, int64_t b)
{
  return b == 0 ? 0 : b == -1 ? nj_negate(a) : a / b;
}
[[maybe_unused]] static inline int64_t nj_remainder(int64_t a, int64_t b)
{
  return b == 0 ? a : b == -1 ? 0 : a % b;
}
[[maybe_unused]] static inline int64_t nj_whole_power(int64_t base, int64_t exponent)
{
  uint64_t result = 1, factor = uint64_t(base);
  for (uint64_t left = uint64_t(exponent); left; left >>= 1, factor *= factor)
  {
    result *= left & 1 ? factor : 1;
  }
  return int64_t(result);
}
[[maybe_unused]] static inline int64_t nj_imin(int64_t a, int64_t b) { return a < b ? a : b; }
[[maybe_unused]] static inline int64_t nj_imax(int64_t a, int64_t b) { return a > b ? a : b; }
[[maybe_unused]] static inline int64_t nj_iclip(int64_t x, int64_t low, int64_t high)
{
  return nj_imin(high, nj_imax(low, x));
}
[[maybe_unused]] static inline int64_t nj_iabs(int64_t a) { return a < 0 ? nj_negate(a) : a; }
