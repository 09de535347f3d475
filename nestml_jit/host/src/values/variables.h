/* Variables of a model: their defaults, guards and types, and the rules for reading and writing rows. */
#ifndef NESTML_JIT_VARIABLES_H
#define NESTML_JIT_VARIABLES_H

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "values/kinds.h"
#include "values/program.h"
#include "values/slots.h"

namespace nestml_jit
{

struct Guard
{
  Program program;
  std::string text;
};

struct SynapseDescription;

struct Variable
{
  std::string name;
  Kind kind = Kind::parameter;
  Type type = Type::real;
  std::string unit;
  Program initial;
  std::vector< Guard > guards;
  bool common = false;
  bool recordable = false;
  bool hidden = false;   /* nobody can read or set it here: the connections keep it, or it is the kernel's own */
  double constant = 0.0; /* initial value where there is no program */

  /* Of a variable that a synapse model brought along: the model, and the name that it has there. */
  std::shared_ptr< const SynapseDescription > origin;
  std::string origin_name;

  /* Of an element of a vector whose size is a variable: its position, and the index of that variable. */
  size_t position = 0;
  size_t size_variable = SIZE_MAX;

  bool
  is_parameter() const
  {
    return kind == Kind::parameter or kind == Kind::moved_parameter;
  }

  /* Whether the kernel changes it: such columns are never shared between tiles. */
  bool
  is_dynamic() const
  {
    return kind == Kind::state or kind == Kind::input or kind == Kind::convolution or kind == Kind::moved_state;
  }

  bool
  is_settable() const
  {
    return kind != Kind::internal and kind != Kind::input and not hidden;
  }
};

/* A vector: its elements are variables of their own, `v[0]`, `v[1]`, ... */
struct Vector
{
  std::string name;   /* "" if it cannot be read and set as a whole */
  std::string before; /* what the names of elements begin and end with */
  std::string after;
  std::vector< size_t > elements;
  size_t size_variable = SIZE_MAX; /* index of the variable that is its size; none if the size is fixed */

  std::string
  element_name( const size_t position ) const
  {
    return before + std::to_string( position ) + after;
  }

  /* How many of the elements there are in a row. */
  size_t
  size( const double* const row ) const
  {
    return size_variable == SIZE_MAX ? elements.size() : size_in( row[ size_variable ] );
  }
};

/* Another name of a variable. */
struct Alias
{
  std::string name;
  size_t variable; /* the index of the variable that it means at present */
};

/* Variables of a model, with their rules for reading and writing rows. */
class Variables
{
public:
  void
  add( Variable variable )
  {
    index_[ variable.name ] = list_.size();
    list_.push_back( std::move( variable ) );
    sort();
  }

  size_t
  size() const
  {
    return list_.size();
  }

  const Variable&
  operator[]( const size_t i ) const
  {
    return list_[ i ];
  }

  Variable&
  at( const size_t i )
  {
    return list_.at( i );
  }

  /* Index of a variable, or size() if there is none of that name. */
  size_t
  find( const std::string& name ) const
  {
    const auto found = index_.find( name );
    return found == index_.end() ? list_.size() : found->second;
  }

  /* Other names by which users may read, set and record variables. */
  const std::vector< Alias >&
  aliases() const
  {
    return aliases_;
  }

  /* What another name means at present, or size() if it is none. */
  size_t find_alias( const std::string& name ) const;

  void set_alias( const std::string& name, size_t variable );

  /* Give every variable its default. */
  void initialize( double* row ) const;

  /* Whether a default of a parameter or state depends on other variables. */
  bool
  have_followers() const
  {
    return have_followers_;
  }

  /* Let parameters and states that were not given follow those that were. */
  void follow( double* row, const std::vector< bool >& given ) const;

  /* Compute what is derived from other variables. */
  void refresh_internals( double* row ) const;

  /* Whether internals differ between neurons with equal parameters, and from one simulation to the next. */
  bool internals_read_states() const;

  /* Check the guards of all variables against a complete row. */
  void check( const double* row, const std::vector< bool >& given ) const;

  /* Guards whose outcome may depend on a value of variable number `i`, with the variables they belong to. */
  std::vector< std::pair< size_t, const Guard* > > guards_about( const size_t i ) const;

  /* Raise an error if a guard of variable number `i` does not hold for a complete row. */
  void check_guard( const size_t i, const Guard& guard, const double* row ) const;

  /* Let the variables `before + k + after` be the elements of a vector. */
  void add_vector( const std::string& name,
    const std::string& before,
    const std::string& after,
    size_t size,
    const std::string& size_variable );

  /* Raise an error if a row's value of a variable cannot be the size of a vector. */
  void check_size( const std::string& vector, size_t variable, const double* row ) const;

  /* Add elements where a row asks for longer vectors. The row may be shorter afterwards than there are variables. */
  void grow( const double* row );

  /* The first element of the vector of which variable i is an element. */
  size_t first_element( size_t i ) const;

  const std::vector< Vector >&
  vectors() const
  {
    return vectors_;
  }

  /* Whether a variable is an element behind the end of its vector. */
  bool
  is_beyond( const size_t i, const double* const row ) const
  {
    const Variable& variable = list_[ i ];
    return variable.size_variable != SIZE_MAX and variable.position >= size_in( row[ variable.size_variable ] );
  }

private:
  void
  check_guards( const Variable& variable, const std::vector< Guard >& guards, const double* row, double value ) const;
  void check_guard( const Variable& variable, const Guard& guard, const double* row, double value ) const;
  void check_at_origin( const Variable& variable, double value ) const;
  Program of_element( size_t position, const Program& first, const Program& second ) const;
  void sort();
  void sort_before( size_t i, std::vector< bool >& visited );

  std::vector< Variable > list_;
  std::unordered_map< std::string, size_t > index_;
  std::vector< Alias > aliases_;
  bool have_followers_ = false;
  std::vector< Vector > vectors_;
  std::vector< size_t > order_; /* of evaluation: what a default reads comes before it */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_VARIABLES_H */
