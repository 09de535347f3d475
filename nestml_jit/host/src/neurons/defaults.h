/* The variables of a neuron type, and the values that new neurons get. */
#ifndef NESTML_JIT_DEFAULTS_H
#define NESTML_JIT_DEFAULTS_H

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "values/slots.h"
#include "values/variables.h"

namespace nestml_jit
{

/* Each registered model, and each copy of one, has variables of its own: synapse models add some, and vectors grow. Defaults
 * that no user has given follow those that they depend on. */
class Defaults
{
public:
  explicit Defaults( const Variables& variables )
    : variables_( variables )
    , values_( variables.size() )
    , given_( variables.size(), false )
  {
    variables_.initialize( values_.data() );
  }

  const Variables&
  variables() const
  {
    return variables_;
  }

  /* One value per variable. */
  const std::vector< double >&
  values() const
  {
    return values_;
  }

  /* Of which variables a user has given the default. */
  const std::vector< bool >&
  given() const
  {
    return given_;
  }

  void
  set( std::vector< double > values, std::vector< bool > given )
  {
    values_ = std::move( values );
    given_ = std::move( given );
  }

  /* Let new neurons have another value of a variable if they would have a certain one. */
  void
  replace( const size_t variable, const double old, const double value )
  {
    values_[ variable ] = is_same( values_[ variable ], old ) ? value : values_[ variable ];
  }

  /* Compute values anew after a change of the resolution, which models may read. */
  void
  follow_resolution()
  {
    variables_.follow( values_.data(), given_ );
  }

  /* Add a variable that a synapse model brings along; false if it is there already. */
  bool add_moved( const Variable& variable );

  /* Let a variable have another name, which may have meant another variable before. */
  void
  set_alias( const std::string& alias, const size_t variable )
  {
    variables_.set_alias( alias, variable );
  }

  /* Hide a moved variable from users as long as connections keep it themselves, or show it again. */
  void hide_moved( const std::string& name, bool hidden );

  /* Have as many elements of vectors as a row asks for. Elements that are new have the value of the first one; its
   * number is returned for each. */
  std::vector< size_t > grow( const double* row );

private:
  Variables variables_;
  std::vector< double > values_;
  std::vector< bool > given_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_DEFAULTS_H */
