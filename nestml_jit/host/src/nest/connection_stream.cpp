#include "nest/connection_stream.h"

#include <limits>

#include "connection_manager.h"
#include "kernel_manager.h"

#include "host_state.h"
#include "nest/columnar_connector.h"
#include "nest/connectors.h"
#include "nest/reached.h"
#include "nest/shell.h"
#include "nest/synapse_model.h"

namespace nestml_jit
{

namespace
{

SynapseModel&
synapse_model( const nest::synindex syn_id, const size_t thread )
{
  return static_cast< SynapseModel& >( nest::kernel().model_manager.get_connection_model( syn_id, thread ) );
}

/* A parameter that has one value. */
double
value_of( const nest::ConnParameter* const parameter, const size_t thread )
{
  const bool has_one = parameter and parameter->is_scalar();
  return has_one ? parameter->value_double( thread, nullptr, 0, nullptr ) : std::numeric_limits< double >::quiet_NaN();
}

} // namespace

ConnectionStream::ConnectionStream( const nest::synindex syn_id, const size_t thread, const GivenParameters& given )
  : syn_id_( syn_id )
  , thread_( thread )
  , given_( given )
  , varies_( given.weight_varies() or given.delay_varies() )
  , own_weights_( given.weight_varies() and synapse_model( syn_id, thread ).rows().have_weight() )
  , own_delays_( given.delay_varies() and synapse_model( syn_id, thread ).rows().have_delay() )
  , apart_ { value_of( given.weight, thread ), value_of( given.delay, thread ) }
  , maker_( synapse_model( syn_id, thread ).maker() )
  , notes_( thread, syn_id )
  , rng_( nest::get_vp_specific_rng( thread ) )
{
}

void
ConnectionStream::follow( nest::Node& target )
{
  const Shell* const shell = as_shell( target );
  const bool is_alike = shell and not shell->type().ports().are_resizable();
  target_ = nullptr;
  connections_ = nullptr;
  if ( not is_alike )
  {
    return;
  }
  nest::ConnectorBase* const connector =
    ( nest::kernel().connection_manager.*reveal( Connectors() ) )[ thread_ ][ syn_id_ ];
  connections_ = &static_cast< ColumnarConnector* >( connector )->connections();
  const size_t newest = connections_->data.size() - 1;
  target_model_ = target.get_model_id();
  kind_ = connections_->data.index.kind( newest );
  delay_index_ = connections_->data.places.delay( newest );
  enter( target );
}

/* Let connections go to another neuron. */
void
ConnectionStream::enter( nest::Node& target )
{
  target_ = &target;
  lane_ = static_cast< uint32_t >( static_cast< const Shell& >( target ).lane() );
}

/* Draw a connection's delay and weight, as far as they differ between connections, and check them. */
void
ConnectionStream::draw( const size_t source, nest::Node& target )
{
  if ( given_.delay_varies() )
  {
    apart_.delay = given_.delay->value_double( thread_, rng_, source, &target );
  }
  if ( given_.weight_varies() )
  {
    apart_.weight = given_.weight->value_double( thread_, rng_, source, &target );
  }
  maker_.vary( apart_ );
  const SynapseDescription& description = connections_->model.description();
  if ( given_.delay_varies() )
  {
    const auto steps = static_cast< uint32_t >( nest::Time::delay_ms_to_steps( apart_.delay ) );
    notes_.check_delay( apart_.delay, steps );
    delay_index_ = connections_->data.delays.index_of( steps );
  }
  if ( own_delays_ )
  {
    delays_[ size_ ] = maker_.row()[ description.delay ];
  }
  if ( own_weights_ )
  {
    weights_[ size_ ] = maker_.row()[ description.weight ];
  }
}

void
ConnectionStream::flush()
{
  if ( size_ == 0 )
  {
    return;
  }
  const size_t n = notes_.room_for( size_ );
  size_ = 0;
  write( n );
  notes_.count( n );
}

/* Write `n` connections to the columns, their sources to NEST's table, and let their targets know. */
void
ConnectionStream::write( const size_t n )
{
  host_state().generation.raise();
  const SynapseDescription& description = connections_->model.description();
  std::array< SynapseTable::Own, 2 > own {};
  size_t owns = 0;
  if ( own_weights_ )
  {
    own[ owns++ ] = { description.weight, weights_.data() };
  }
  if ( own_delays_ )
  {
    own[ owns++ ] = { description.delay, delays_.data() };
  }
  const int64_t unheard = connections_->modulation.unheard( reached_step() );
  connections_->data.append( n,
    { kind_, maker_.row(), maker_.label(), unheard },
    lanes_.data(),
    delay_indices_.data(),
    std::span( own.data(), owns ) );
  Block* const block = connections_->data.targets[ kind_ ].block();
  for ( size_t i = 0; description.has_post and i < n; ++i )
  {
    if ( i == 0 or lanes_[ i ] != lanes_[ i - 1 ] )
    {
      block->past().begin( lanes_[ i ], reached_step() );
    }
  }
  notes_.note_sources( sources_.data(), n );
}

} // namespace nestml_jit
