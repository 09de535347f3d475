/* Descriptions of models: what a card says, in the host's own form. They never change once made. */
#ifndef NESTML_JIT_DESCRIPTION_H
#define NESTML_JIT_DESCRIPTION_H

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "dictionary.h"
#include "exceptions.h"
#include "node.h"

#include "dict_util.h"
#include "program.h"

namespace nestml_jit
{

enum class Kind : int32_t
{
  parameter,
  state,
  internal,
  input,
  convolution,
  moved_state,
  moved_parameter,
  clock
};

enum class Type : int32_t
{
  real,
  integer,
  boolean
};

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

  void initialize( double* row ) const;
  /* Whether a default of a parameter or state depends on other variables. */
  bool
  have_followers() const
  {
    return have_followers_;
  }

  void follow( double* row, const std::vector< bool >& given ) const;
  void get( const double* row, Dictionary& d ) const;
  bool read( const Dictionary& d, double* row, std::vector< bool >& given, nest::Node* node ) const;
  bool read_one( const Dictionary& d, const size_t i, const std::string& key, double& value, nest::Node* node ) const;
  void refresh_internals( double* row ) const;
  void check( const double* row, const std::vector< bool >& given ) const;

  /* Guards whose outcome may depend on a value of variable number `i`, with the variables they belong to. */
  std::vector< std::pair< size_t, const Guard* > > guards_about( const size_t i ) const;

  /* Raise an error if a guard of variable number `i` does not hold for a complete row. */
  void check_guard( const size_t i, const Guard& guard, const double* row ) const;

private:
  void
  check_guards( const Variable& variable, const std::vector< Guard >& guards, const double* row, double value ) const;
  void check_guard( const Variable& variable, const Guard& guard, const double* row, double value ) const;
  void check_at_origin( const Variable& variable, double value ) const;
  void sort();
  void sort_before( size_t i, std::vector< bool >& visited );

  std::vector< Variable > list_;
  std::unordered_map< std::string, size_t > index_;
  bool have_followers_ = false;
  std::vector< size_t > order_; /* of evaluation: what a default reads comes before it */
};

inline void
Variables::sort()
{
  order_.clear();
  std::vector< bool > visited( list_.size(), false );
  for ( size_t i = 0; i < list_.size(); ++i )
  {
    sort_before( i, visited );
  }
}

/* Append variable i to the order, after all that its default reads. */
inline void
Variables::sort_before( const size_t i, std::vector< bool >& visited )
{
  if ( i >= list_.size() or visited[ i ] )
  {
    return;
  }
  visited[ i ] = true;
  list_[ i ].initial.for_each_variable(
    [ & ]( const size_t read )
    {
      have_followers_ = have_followers_ or list_[ i ].kind != Kind::internal;
      sort_before( read, visited );
    } );
  order_.push_back( i );
}

/* Give every variable its default. */
inline void
Variables::initialize( double* row ) const
{
  for ( const size_t i : order_ )
  {
    row[ i ] = list_[ i ].initial.empty() ? list_[ i ].constant : list_[ i ].initial.evaluate( row );
  }
}

inline void
Variables::refresh_internals( double* row ) const
{
  for ( const size_t i : order_ )
  {
    if ( list_[ i ].kind == Kind::internal and not list_[ i ].initial.empty() )
    {
      row[ i ] = list_[ i ].initial.evaluate( row );
    }
  }
}

/* Let parameters and states that were not given follow those that were. */
inline void
Variables::follow( double* row, const std::vector< bool >& given ) const
{
  for ( const size_t i : order_ )
  {
    if ( not given[ i ] and not list_[ i ].initial.empty() )
    {
      row[ i ] = list_[ i ].initial.evaluate( row );
    }
  }
}

inline void
Variables::get( const double* row, Dictionary& d ) const
{
  for ( size_t i = 0; i < list_.size(); ++i )
  {
    if ( list_[ i ].hidden )
    {
      continue;
    }
    switch ( list_[ i ].type )
    {
    case Type::real:
      d[ list_[ i ].name ] = row[ i ];
      break;
    case Type::integer:
      d[ list_[ i ].name ] = static_cast< long >( row[ i ] );
      break;
    case Type::boolean:
      d[ list_[ i ].name ] = row[ i ] != 0.0;
      break;
    }
  }
}

/* Read one value under `key`; false if the dictionary has none. */
inline bool
Variables::read_one( const Dictionary& d, const size_t i, const std::string& key, double& value, nest::Node* node )
  const
{
  const auto update = [ & ]( auto& slot )
  {
    const bool found = node ? nest::update_value_param( d, key, slot, node ) : d.update_value( key, slot );
    if ( found )
    {
      value = static_cast< double >( slot );
    }
    return found;
  };
  switch ( list_[ i ].type )
  {
  case Type::integer:
  {
    long slot = static_cast< long >( value );
    return update( slot );
  }
  case Type::boolean:
  {
    bool slot = value != 0.0;
    const bool found = d.update_value( key, slot );
    value = found ? ( slot ? 1.0 : 0.0 ) : value;
    return found;
  }
  default:
  {
    double slot = value;
    return update( slot );
  }
  }
}

/* Copy what the dictionary gives to `row` and note it in `given`; nothing is checked yet. */
inline bool
Variables::read( const Dictionary& d, double* row, std::vector< bool >& given, nest::Node* node ) const
{
  bool any = false;
  for ( size_t i = 0; i < list_.size(); ++i )
  {
    if ( list_[ i ].is_settable() and read_one( d, i, list_[ i ].name, row[ i ], node ) )
    {
      given[ i ] = true;
      any = true;
    }
  }
  return any;
}

/* Check the guards of all variables against a complete row.
 *
 * A guard may read other variables, so every guard is checked whenever anything was given; guards of
 * states only when the state itself was given, because a model may leave their range by itself. */
inline void
Variables::check( const double* row, const std::vector< bool >& given ) const
{
  for ( size_t i = 0; i < list_.size(); ++i )
  {
    if ( not list_[ i ].is_parameter() and not given[ i ] )
    {
      continue;
    }
    check_guards( list_[ i ], list_[ i ].guards, row, row[ i ] );
    if ( list_[ i ].origin and given[ i ] )
    {
      check_at_origin( list_[ i ], row[ i ] );
    }
  }
}

inline std::vector< std::pair< size_t, const Guard* > >
Variables::guards_about( const size_t i ) const
{
  const auto concerns = [ & ]( const Guard& guard )
  {
    bool found = false;
    // what is derived may have been derived from it
    guard.program.for_each_variable(
      [ & ]( const size_t k ) { found = found or k == i or list_[ k ].kind == Kind::internal; } );
    return found;
  };
  std::vector< std::pair< size_t, const Guard* > > found;
  for ( size_t k = 0; k < list_.size(); ++k )
  {
    for ( const Guard& guard : list_[ k ].guards )
    {
      if ( k == i or ( list_[ k ].is_parameter() and concerns( guard ) ) )
      {
        found.emplace_back( k, &guard );
      }
    }
  }
  return found;
}

inline void
Variables::check_guard( const size_t i, const Guard& guard, const double* row ) const
{
  check_guard( list_[ i ], guard, row, row[ i ] );
}

inline void
Variables::check_guards( const Variable& variable,
  const std::vector< Guard >& guards,
  const double* row,
  const double value ) const
{
  for ( const Guard& guard : guards )
  {
    check_guard( variable, guard, row, value );
  }
}

inline void
Variables::check_guard( const Variable& variable, const Guard& guard, const double* row, const double value ) const
{
  if ( guard.program.evaluate( row ) != 0.0 )
  {
    return;
  }
  std::ostringstream text;
  text << "'" << variable.name << "' = " << value;
  if ( not variable.unit.empty() )
  {
    text << " " << variable.unit;
  }
  text << " violates its guard [[ " << guard.text << " ]]. Nothing was changed.";
  throw nest::BadProperty( text.str() );
}

struct Receptor
{
  long number = 0;
  std::string name;
  uint32_t positive = 0;
  uint32_t negative = 0;
  int32_t count_positive = -1;
  int32_t count_negative = -1;

  bool
  is_pair() const
  {
    return positive != negative;
  }
};

struct ContinuousPort
{
  std::string name;
  long receptor = 0;
  uint32_t channel = 0;
  std::string column;
};

struct NeuronDescription
{
  std::string name;
  Variables variables;
  std::vector< Receptor > receptors;
  std::vector< ContinuousPort > continuous;
  std::vector< std::string > observables;
  uint32_t channels = 0;
  bool emits = true;

  const Receptor*
  receptor( const long number ) const
  {
    const auto found = std::find_if(
      receptors.begin(), receptors.end(), [ number ]( const Receptor& r ) { return r.number == number; } );
    return found == receptors.end() ? nullptr : &*found;
  }
};

struct SynapseDescription
{
  std::string name;
  Variables variables;
  size_t weight = 0; /* index of the emitted variable; variables.size() if none */
  size_t delay = 0;  /* index of the variable that reads as the delay, or size() */
  bool has_post = false;
  bool plastic = false;
  bool reads_target = false; /* has ports for variables of its target */
};

/* Check a moved variable's value by its guards in the synapse model, whose other variables have their
 * defaults. */
inline void
Variables::check_at_origin( const Variable& variable, const double value ) const
{
  const Variables& theirs = variable.origin->variables;
  const size_t index = theirs.find( variable.origin_name );
  if ( index < theirs.size() and not theirs[ index ].guards.empty() )
  {
    std::vector< double > row( theirs.size() );
    theirs.initialize( row.data() );
    row[ index ] = value;
    check_guards( variable, theirs[ index ].guards, row.data(), value );
  }
}

/* All descriptions that were ever made. They survive ResetKernel: a model is registered again from
 * here when somebody asks for it. */
struct Registry
{
  std::map< std::string, std::shared_ptr< NeuronDescription > > neurons;
  std::map< std::string, std::shared_ptr< SynapseDescription > > synapses;

  /* What the model that NEST constructs next is to be, see api.cpp. */
  std::shared_ptr< NeuronDescription > next_neuron;
  std::shared_ptr< SynapseDescription > next_synapse;
  bool next_is_labelled = false;

  static Registry&
  get()
  {
    static Registry registry;
    return registry;
  }
};

} // namespace nestml_jit

#endif /* NESTML_JIT_DESCRIPTION_H */
