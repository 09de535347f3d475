/* The earlier values of variables that equations of a synapse read with a delay. */
#ifndef NESTML_JIT_DELAYED_VARIABLES_H
#define NESTML_JIT_DELAYED_VARIABLES_H

#include <cstdint>
#include <string>
#include <vector>

#include "synapses/connection_data.h"
#include "values/description.h"

namespace nestml_jit
{

/* Gives a connection table the columns that the longest delay needs. */
class DelayedVariables
{
public:
  /* `model` is the synapse model's name, for errors. */
  DelayedVariables( const std::string& model, ConnectionData& data );

  /* Make room for the longest delay of all connections; values that are kept already stay. Raises BadProperty if a delay
   * is no time. */
  void fit();

  /* How many values are kept of each variable that is read with a delay. */
  size_t
  values() const
  {
    return values_;
  }

private:
  int64_t steps( const PastRead& read, const std::vector< double >& row ) const;
  int64_t longest() const;

  std::string model_;
  ConnectionData& data_;
  size_t values_ = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_DELAYED_VARIABLES_H */
