/* Normal numbers for many targets at once. */
#ifndef NESTML_JIT_NORMAL_NUMBERS_H
#define NESTML_JIT_NORMAL_NUMBERS_H

#include <cstddef>
#include <cstdint>

namespace nestml_jit
{

/* Targets that are drawn for side by side. */
constexpr size_t normal_group = 16;

/* Two standard normal numbers of each pair of words, by the transformation of Box and Muller (1958), Ann. Math. Statist.
 * 29:610-611. `size` is a multiple of `normal_group`. Words of 32 bits give no number beyond 6.8. */
void normals_of_words( const uint32_t* radius, const uint32_t* angle, size_t size, double* first, double* second );

} // namespace nestml_jit

#endif /* NESTML_JIT_NORMAL_NUMBERS_H */
