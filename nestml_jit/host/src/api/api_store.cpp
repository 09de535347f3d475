/* The C interface: values of all neurons or connections of a model. */
#include "api/api.h"

#include "nest/connections.h"

using namespace nestml_jit;

/* Add the column of a synapse model's variable to a neuron model. */
NJ_API int
nj_add_moved( const char* const neuron,
  const char* const name,
  const char* const synapse,
  const char* const origin_name,
  const int kind,
  const int type,
  const char* const unit,
  const double constant )
{
  return guarded(
    [ & ]
    {
      Variable variable;
      variable.name = name;
      variable.kind = static_cast< Kind >( kind );
      variable.type = static_cast< Type >( type );
      variable.unit = unit;
      variable.constant = constant;
      variable.recordable = variable.kind == Kind::moved_state;
      variable.origin_name = origin_name;
      variable.origin = host_state().descriptions.synapses.at( described_synapse( synapse ) );
      neuron_type( neuron ).add_moved( variable );
    } );
}

/* Let a column of a neuron model have another name for users, which may have been that of another one. */
NJ_API int
nj_name_moved( const char* const neuron, const char* const alias, const char* const name )
{
  return guarded(
    [ & ]
    {
      NeuronType& type = neuron_type( neuron );
      type.name_moved( alias, find_variable( type.variables(), neuron, name ) );
    } );
}

NJ_API int
nj_hide_moved( const char* const neuron, const char* const name, const int hidden )
{
  return guarded( [ & ] { neuron_type( neuron ).defaults().hide_moved( name, hidden != 0 ); } );
}

/* Whether all neurons of a model agree in a variable: 1 yes (in `value`), 0 no, 2 there are none,
 * -1 error. */
NJ_API int
nj_neuron_value( const char* const neuron, const char* const variable, double* const value )
{
  int agreement = 2;
  const int failed = guarded(
    [ & ]
    {
      NeuronType& type = neuron_type( neuron );
      const size_t c = find_variable( type.variables(), neuron, variable );
      for ( auto& block : type.blocks() )
      {
        double of_block = 0.0;
        if ( not block or block->store().lanes() == 0 )
        {
          continue;
        }
        const bool uniform = block->store().column( c ).is_uniform( block->store().lanes(), of_block );
        if ( not uniform or ( agreement == 1 and not is_same( of_block, *value ) ) )
        {
          agreement = 0;
          return;
        }
        agreement = 1;
        *value = of_block;
      }
    } );
  return failed ? -1 : agreement;
}

/* Set a variable of all neurons of a model, guards unchecked: for values that come with a synapse. */
NJ_API int
nj_set_neuron_value( const char* const neuron, const char* const variable, const double value )
{
  return guarded(
    [ & ]
    {
      NeuronType& type = neuron_type( neuron );
      const size_t c = find_variable( type.variables(), neuron, variable );
      for ( auto& block : type.blocks() )
      {
        for ( size_t lane = 0; block and lane < block->store().lanes(); ++lane )
        {
          block->write( c, lane, value );
        }
      }
    } );
}

/* Set a variable of those neurons of a model, and of new ones, that have a certain value so far. */
NJ_API int
nj_replace_neuron_value( const char* const neuron, const char* const variable, const double old, const double value )
{
  return guarded(
    [ & ]
    {
      NeuronType& type = neuron_type( neuron );
      const size_t c = find_variable( type.variables(), neuron, variable );
      type.defaults().replace( c, old, value );
      for ( auto& block : type.blocks() )
      {
        for ( size_t lane = 0; block and lane < block->store().lanes(); ++lane )
        {
          if ( is_same( block->store().get( c, lane ), old ) )
          {
            block->write( c, lane, value );
          }
        }
      }
    } );
}

/* Whether all connections of a model agree in a variable: as nj_neuron_value. */
NJ_API int
nj_synapse_value( const char* const synapse, const char* const variable, double* const value )
{
  bool seen = false;
  bool uniform = true;
  const int failed = guarded(
    [ & ]
    {
      for_each_thread( synapse,
        [ & ]( SynapseModel& model )
        {
          const size_t c = find_variable( model.description().variables, synapse, variable );
          for ( const Connections* const connections : model.connectors()->all )
          {
            uniform = uniform and connections->data.table.is_uniform( c, seen, *value );
          }
        } );
    } );
  return failed ? -1 : not uniform ? 0 : seen ? 1 : 2;
}
