/* Rows of a model's variables as users give them and see them: in dictionaries of NEST's. */
#ifndef NESTML_JIT_ROW_DICTIONARY_H
#define NESTML_JIT_ROW_DICTIONARY_H

#include <cstddef>
#include <string>
#include <vector>

#include "dictionary.h"

#include "nest/given_values.h"
#include "values/variables.h"

namespace nestml_jit
{

/* Put the values of all variables that are shown into a dictionary, those of vectors also as a whole. */
void write_row( const Variables& variables, const std::vector< double >& row, Dictionary& d );

/* Accept given values of variables that cannot be set, if they are what a row shows: they may come from a dictionary of
 * all values. */
void accept_shown( const Variables& variables, const GivenValues& from, const std::vector< double >& row );

/* Copy what is given to a row, and note it in `given`; guards are not checked yet. */
void
read_row( const Variables& variables, const GivenValues& from, std::vector< double >& row, std::vector< bool >& given );

/* The same of what is given under the names of single variables, elements of vectors included. */
void read_scalars( const Variables& variables,
  const GivenValues& from,
  std::vector< double >& row,
  std::vector< bool >& given );

/* The same of whole vectors; `before` is the row as it was before anything was read. Raises BadProperty if a vector has
 * another size or type, or one of its elements was given another value. */
void read_vectors( const Variables& variables,
  const GivenValues& from,
  std::vector< double >& row,
  const std::vector< double >& before,
  std::vector< bool >& given );

/* Replace a variable's value by what is given under a key; false if nothing is. */
bool read_value( const Variable& variable, const GivenValues& from, const std::string& key, double& value );

} // namespace nestml_jit

#endif /* NESTML_JIT_ROW_DICTIONARY_H */
