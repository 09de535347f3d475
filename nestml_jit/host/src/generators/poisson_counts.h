/* Poisson numbers for many targets at once. */
#ifndef NESTML_JIT_POISSON_COUNTS_H
#define NESTML_JIT_POISSON_COUNTS_H

#include <cstddef>
#include <cstdint>

#include "generators/poisson_table.h"

namespace nestml_jit
{

/* Targets that are counted for side by side. */
constexpr size_t count_group = 16;

/* Split words of 32 bits, a multiple of `count_group`, into their lower and upper halves. */
void split_words( const uint32_t* words, size_t size, uint16_t* lower, uint16_t* upper );

/* The counts, less the table's offset, of uniform numbers with these first 16 bits, a multiple of `count_group`.
 * Returns whether all are decided; others are `PoissonTable::undecided`. */
bool count_spikes( const PoissonTable& table, const uint16_t* first_bits, size_t size, uint16_t* counts );

/* Add counts, with an offset, times weights to sums. */
void add_counts( const uint16_t* counts, uint32_t offset, const double* weights, size_t size, double* sums );

} // namespace nestml_jit

#endif /* NESTML_JIT_POISSON_COUNTS_H */
