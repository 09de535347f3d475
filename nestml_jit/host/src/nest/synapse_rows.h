/* Rows of a synapse model's variables, and what dictionaries say of them. */
#ifndef NESTML_JIT_SYNAPSE_ROWS_H
#define NESTML_JIT_SYNAPSE_ROWS_H

#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "dictionary.h"

#include "values/description.h"

namespace nestml_jit
{

/* A delay in ms as a connection has it: a number of steps. */
double on_grid( double delay );

/* Weight and delay as NEST hands them over beside a dictionary; NaN if it does not. */
struct Apart
{
  double weight = std::numeric_limits< double >::quiet_NaN();
  double delay = std::numeric_limits< double >::quiet_NaN();
};

/* Reads and writes rows. Weight and delay may be variables of the model with names of their own; NEST's names are
 * aliases of these. */
class SynapseRows
{
public:
  /* `model` is the name for errors. */
  SynapseRows( std::string model, std::shared_ptr< const SynapseDescription > description );

  const SynapseDescription&
  description() const
  {
    return *description_;
  }

  const std::shared_ptr< const SynapseDescription >&
  shared_description() const
  {
    return description_;
  }

  bool
  have_weight() const
  {
    return description_->weight < description_->variables.size();
  }

  bool
  have_delay() const
  {
    return description_->delay < description_->variables.size();
  }

  /* Read what is given over `row`, with the aliases of weight and delay, and check it; note in `given` what it was.
   * True if a delay was given, which is then in `delay`. If `fixed` is not null, variables that were neither given
   * nor are fixed follow those that were given. */
  bool read( const Dictionary& d,
    std::vector< double >& row,
    double& delay,
    std::vector< bool >& given,
    const std::vector< bool >* fixed = nullptr,
    const Apart& apart = Apart() ) const;

  void write( const std::vector< double >& row, double delay, Dictionary& d ) const;

  /* What the weight's column holds for a weight; an error if the model's weight is an integer, and this is none. */
  double slot_of_weight( double weight ) const;

  /* Let the delay be what its variable follows others to, and the variable what the delay is. True if the delay
   * is another one now. */
  bool take_delay( std::vector< double >& row, double& delay ) const;

  /* Let variables that were neither given nor are fixed follow the others. */
  void follow( std::vector< double >& row, const std::vector< bool >& given, const std::vector< bool >& fixed ) const;

private:
  double agreed( const std::string& name,
    size_t variable,
    double before,
    std::initializer_list< const double* > values ) const;
  [[noreturn]] void refuse( const std::string& name, size_t variable, double one, double other ) const;
  void read_weight( const Dictionary& d,
    double apart,
    double before,
    std::vector< double >& row,
    std::vector< bool >& given ) const;
  bool read_delay( const Dictionary& d,
    double apart,
    std::vector< double >& row,
    double& delay,
    std::vector< bool >& given ) const;

  std::string model_;
  std::shared_ptr< const SynapseDescription > description_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SYNAPSE_ROWS_H */
