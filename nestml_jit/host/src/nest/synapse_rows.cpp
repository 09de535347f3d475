#include "nest/synapse_rows.h"

#include <cmath>
#include <sstream>
#include <utility>

#include "exceptions.h"
#include "nest_names.h"
#include "nest_time.h"

#include "nest/row_dictionary.h"
#include "values/slots.h"

namespace nestml_jit
{

double
on_grid( const double delay )
{
  constexpr double longest = 1e12; // beyond it NEST refuses it anyway
  const bool has_steps = std::abs( delay ) < longest;
  return has_steps ? nest::Time::delay_steps_to_ms( nest::Time::delay_ms_to_steps( delay ) ) : delay;
}

SynapseRows::SynapseRows( std::string model, std::shared_ptr< const SynapseDescription > description )
  : model_( std::move( model ) )
  , description_( std::move( description ) )
{
}

void
SynapseRows::write( const std::vector< double >& row, const double delay, Dictionary& d ) const
{
  write_row( description_->variables, row, d );
  if ( have_weight() )
  {
    d[ nest::names::weight ] =
      number_in( description_->variables[ description_->weight ].type, row[ description_->weight ] );
  }
  d[ nest::names::delay ] = on_grid( delay );
}

bool
SynapseRows::take_delay( std::vector< double >& row, double& delay ) const
{
  double& variable = row[ description_->delay ];
  const bool is_new = on_grid( variable ) != on_grid( delay );
  delay = is_new ? variable : delay;
  variable = on_grid( delay );
  return is_new;
}

void
SynapseRows::follow( std::vector< double >& row,
  const std::vector< bool >& given,
  const std::vector< bool >& fixed ) const
{
  std::vector< bool > kept = given;
  for ( size_t i = 0; i < kept.size(); ++i )
  {
    kept[ i ] = kept[ i ] or fixed[ i ];
  }
  description_->variables.follow( row.data(), kept );
  description_->variables.refresh_internals( row.data() );
}

double
SynapseRows::slot_of_weight( const double weight ) const
{
  const Variable& variable = description_->variables[ description_->weight ];
  if ( variable.type != Type::integer )
  {
    return weight;
  }
  if ( not is_integer( weight ) )
  {
    throw nest::BadProperty( "'" + variable.name + "', the weight of '" + model_ + "', must be an integer." );
  }
  return slot_of( static_cast< int64_t >( weight ) );
}

/* Two values for one variable. */
void
SynapseRows::refuse( const std::string& name, const size_t variable, const double one, const double other ) const
{
  const Variables& variables = description_->variables;
  const Type type = variable < variables.size() ? variables[ variable ].type : Type::real;
  const bool is_named = variable < variables.size() and variables[ variable ].name != name;
  std::ostringstream text;
  text << "'" << name << "'";
  if ( is_named )
  {
    text << " and '" << variables[ variable ].name << "', which are the same variable";
  }
  text << " of the synapse model '" << model_ << "'" << ( is_named ? "," : "" ) << " cannot be both "
       << number_in( type, one ) << " and " << number_in( type, other ) << ": give one of them, or equal values.";
  throw nest::BadProperty( text.str() );
}

/* The value of a variable that may be given under several names, null where it is not. One that only says what is
 * there already is no contradiction: it may come from a dictionary of all values. */
double
SynapseRows::agreed( const std::string& name,
  const size_t variable,
  const double before,
  const std::initializer_list< const double* > values ) const
{
  const double* found = nullptr;
  for ( const double* const value : values )
  {
    if ( not value or is_same( *value, before ) )
    {
      continue;
    }
    if ( found and not is_same( *found, *value ) )
    {
      refuse( name, variable, *found, *value );
    }
    found = value;
  }
  return found ? *found : before;
}

/* Give the weight what the dictionary, which was read under the variable's own name, and NEST say of it. */
void
SynapseRows::read_weight( const Dictionary& d,
  const double apart,
  const double before,
  std::vector< double >& row,
  std::vector< bool >& given ) const
{
  const size_t weight = description_->weight;
  const Variables& variables = description_->variables;
  double alias = before;
  const bool has_alias = variables[ weight ].name != nest::names::weight
    and read_value( variables[ weight ], GivenValues( d ), nest::names::weight, alias );
  const bool is_apart = not std::isnan( apart );
  if ( has_alias or is_apart )
  {
    const double own = row[ weight ], other = is_apart ? slot_of_weight( apart ) : 0.0;
    const std::initializer_list< const double* > values = {
      given[ weight ] ? &own : nullptr, has_alias ? &alias : nullptr, is_apart ? &other : nullptr
    };
    row[ weight ] = agreed( nest::names::weight, weight, before, values );
    given[ weight ] = true;
  }
}

/* The same for the delay, in ms; true if one was given. */
bool
SynapseRows::read_delay( const Dictionary& d,
  const double apart,
  std::vector< double >& row,
  double& delay,
  std::vector< bool >& given ) const
{
  const size_t variable = description_->delay;
  const bool is_named = have_delay() and given[ variable ];
  double alias = delay;
  const bool has_alias = d.update_value( nest::names::delay, alias );
  const bool is_apart = not std::isnan( apart );
  const bool is_given = is_named or has_alias or is_apart;
  if ( is_given )
  {
    const double own = is_named ? on_grid( row[ variable ] ) : 0.0;
    const double other = on_grid( alias ), third = on_grid( apart );
    const std::initializer_list< const double* > values = {
      is_named ? &own : nullptr, has_alias ? &other : nullptr, is_apart ? &third : nullptr
    };
    delay = agreed( nest::names::delay, variable, on_grid( delay ), values );
  }
  if ( have_delay() )
  {
    row[ variable ] = on_grid( delay );
    given[ variable ] = is_given;
  }
  return is_given;
}

bool
SynapseRows::read( const Dictionary& d,
  std::vector< double >& row,
  double& delay,
  std::vector< bool >& given,
  const std::vector< bool >* const fixed,
  const Apart& apart ) const
{
  const Variables& variables = description_->variables;
  const double weight_before = have_weight() ? row[ description_->weight ] : 0.0;
  given.assign( row.size(), false );
  if ( not d.empty() )
  {
    accept_shown( variables, GivenValues( d ), row );
    read_row( variables, GivenValues( d ), row, given );
  }
  if ( have_weight() )
  {
    read_weight( d, apart.weight, weight_before, row, given );
  }
  bool delay_given = read_delay( d, apart.delay, row, delay, given );
  if ( fixed and variables.have_followers() )
  {
    follow( row, given, *fixed );
    if ( have_delay() and not given[ description_->delay ] and take_delay( row, delay ) )
    {
      delay_given = true;
      given[ description_->delay ] = true; // rounded: what reads it follows once more
      follow( row, given, *fixed );
    }
  }
  variables.refresh_internals( row.data() );
  variables.check( row.data(), given );
  return delay_given;
}

} // namespace nestml_jit
