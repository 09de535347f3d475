#include "nest/static_stream.h"

#include "connection_manager.h"
#include "kernel_manager.h"

#include "nest/connectors.h"
#include "nest/shell.h"
#include "nest/static_model.h"

namespace nestml_jit
{

StaticStream::StaticStream( const nest::synindex syn_id, const size_t thread, const GivenParameters& given )
  : syn_id_( syn_id )
  , thread_( thread )
  , given_( given )
  , varies_( given.weight_varies() or given.delay_varies() )
  , notes_( thread, syn_id )
  , rng_( nest::get_vp_specific_rng( thread ) )
{
}

void
StaticStream::follow( nest::Node& target )
{
  const Shell* const shell = as_shell( target );
  const bool is_alike = shell and not shell->type().ports().are_resizable();
  nest::ConnectorBase* const connector =
    ( nest::kernel().connection_manager.*reveal( Connectors() ) )[ thread_ ][ syn_id_ ];
  StaticConnector* const ours = is_alike ? as_static( connector ) : nullptr;
  connections_ = ours ? &ours->connections() : nullptr;
  target_ = nullptr;
  if ( not connections_ )
  {
    return;
  }
  const StaticColumns& columns = connections_->columns();
  const size_t newest = columns.size() - 1;
  route_ = columns.routes[ newest ] & StaticColumns::route;
  weight_ = columns.weights[ newest ];
  target_model_ = target.get_model_id();
  enter( target );
  if ( not connections_->routes()[ route_ ].block )
  {
    connections_ = nullptr; // something else than spikes is sent
    target_ = nullptr;
  }
}

/* Let connections go to another neuron. */
void
StaticStream::enter( nest::Node& target )
{
  target_ = &target;
  lane_ = static_cast< uint32_t >( static_cast< const Shell& >( target ).lane() );
}

/* Draw a connection's delay and weight, as far as they differ between connections, and check them. */
void
StaticStream::draw( const size_t source, nest::Node& target )
{
  double delay = 0.0;
  if ( given_.delay_varies() )
  {
    delay = given_.delay->value_double( thread_, rng_, source, &target );
  }
  if ( given_.weight_varies() )
  {
    weight_ = given_.weight->value_double( thread_, rng_, source, &target );
  }
  if ( given_.delay_varies() )
  {
    const auto steps = static_cast< uint32_t >( nest::Time::delay_ms_to_steps( delay ) );
    notes_.check_delay( delay, steps );
    StaticRoute next = connections_->routes()[ route_ ];
    next.delay = steps;
    route_ = connections_->routes().number_of( next );
  }
}

void
StaticStream::flush()
{
  if ( size_ == 0 )
  {
    return;
  }
  const size_t n = notes_.room_for( size_ );
  size_ = 0;
  connections_->add( n, lanes_.data(), routes_.data(), given_.weight_varies() ? weights_.data() : nullptr, weight_ );
  notes_.note_sources( sources_.data(), n );
  notes_.count( n );
}

} // namespace nestml_jit
