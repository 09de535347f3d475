#include "nest/bulk_builder.h"

#include "model_manager.h"

#include "nest/synapse_model.h"

namespace nestml_jit
{

GivenParameters
given_parameters( const nest::BipartiteConnBuilder& builder )
{
  const bool has_weight = not( builder.*reveal( HasDefaultWeight() ) )[ 0 ];
  const bool has_delay = not( builder.*reveal( HasDefaultDelay() ) )[ 0 ];
  return { has_weight ? ( builder.*reveal( BuilderWeights() ) )[ 0 ] : nullptr,
    has_delay ? ( builder.*reveal( BuilderDelays() ) )[ 0 ] : nullptr };
}

const SynapseModel*
our_synapse_model( const size_t syn_id )
{
  return dynamic_cast< const SynapseModel* >(
    &nest::kernel().model_manager.get_connection_model( static_cast< nest::synindex >( syn_id ), 0 ) );
}

bool
have_other_parameters_one_value( const nest::BipartiteConnBuilder& builder )
{
  const auto& parameters = ( builder.*reveal( BuilderParameters() ) )[ 0 ];
  const auto is_scalar = []( const auto& parameter ) { return parameter.second->is_scalar(); };
  return std::all_of( parameters.begin(), parameters.end(), is_scalar );
}

bool
differ_in_weight_and_delay_only( const nest::BipartiteConnBuilder& builder, const SynapseModel& model )
{
  const auto& parameters = ( builder.*reveal( BuilderParameters() ) )[ 0 ];
  const GivenParameters given = given_parameters( builder );
  const SynapseDescription& description = model.description();
  const Variables& variables = description.variables;
  if ( not have_other_parameters_one_value( builder ) )
  {
    return false;
  }
  if ( not given.weight_varies() and not given.delay_varies() )
  {
    return true;
  }
  // a weight that is given under its own name, too, has to be compared with that of each connection
  const bool is_twice = ( model.rows().have_weight() and parameters.count( variables[ description.weight ].name ) > 0 )
    or ( model.rows().have_delay() and parameters.count( variables[ description.delay ].name ) > 0 );
  return not is_twice and not variables.have_followers();
}

} // namespace nestml_jit
