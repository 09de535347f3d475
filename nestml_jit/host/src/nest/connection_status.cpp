#include "nest/connection_status.h"

#include "delay_checker.h"
#include "kernel_manager.h"
#include "nest_names.h"

#include "host_state.h"
#include "nest/synapse_model.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

ConnectionStatus::ConnectionStatus( Connections& connections )
  : connections_( connections )
{
}

/* Bytes that a connection takes. */
size_t
ConnectionStatus::bytes() const
{
  const ConnectionData& data = connections_.data;
  return data.places.bytes() + data.table.bytes() + data.labels.bytes();
}

void
ConnectionStatus::get( const size_t lcid, Dictionary& d )
{
  ConnectionData& data = connections_.data;
  const SynapseModel& model = connections_.model;
  std::vector< double > row( data.table.columns().size() );
  host_state().showing_now ? connections_.shown.show_now( lcid, row ) : connections_.shown.show( lcid, row );
  model.rows().write( row, nest::Time::delay_steps_to_ms( data.delay_steps( lcid ) ), d );
  if ( model.is_labelled() )
  {
    d[ nest::names::synapse_label ] = data.labels[ lcid ];
  }
  d[ nest::names::size_of ] = static_cast< long >( bytes() );
  d[ nest::names::rport ] = static_cast< long >( connections_.ends.receptor( lcid ) );
  d[ nest::names::target ] = static_cast< long >( connections_.ends.target( lcid ).get_node_id() );
}

void
ConnectionStatus::set( const size_t lcid, const Dictionary& d )
{
  ConnectionData& data = connections_.data;
  const SynapseModel& model = connections_.model;
  std::vector< double > row( data.table.columns().size() );
  connections_.shown.settle( lcid, row );
  model.check_synapse_params( d );
  double delay = nest::Time::delay_steps_to_ms( data.delay_steps( lcid ) );
  std::vector< bool > given;
  const bool delay_given = model.rows().read( d, row, delay, given );
  if ( delay_given )
  {
    nest::kernel().connection_manager.get_delay_checker().assert_valid_delay_ms( delay );
  }
  long label = data.labels[ lcid ];
  model.read_label( d, label );
  d.all_entries_accessed( "connection.set()", "params" );
  if ( host_state().checking )
  {
    return;
  }
  host_state().generation.raise();
  connections_.shown.catch_up( lcid );
  set_row( lcid, row );
  data.labels.set( lcid, label );
  if ( delay_given )
  {
    connections_.shown.set_delay( lcid, static_cast< uint32_t >( nest::Time::delay_ms_to_steps( delay ) ) );
  }
}

/* Set those variables that users can set. */
void
ConnectionStatus::set_row( const size_t lcid, const std::vector< double >& row )
{
  const Variables& variables = connections_.model.description().variables;
  for ( size_t c = 0; c < variables.size(); ++c )
  {
    if ( variables[ c ].is_settable() and not variables[ c ].common )
    {
      connections_.data.table.set_value( c, lcid, row[ c ] );
    }
  }
}

} // namespace nestml_jit
