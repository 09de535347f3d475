#include "nest/static_connections.h"

#include "connector_base_impl.h"
#include "event.h"

#include "nest/private_member.h"
#include "nest/shell.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

struct StoredConnections
{
  using type = BlockVector< StaticSynapse > StaticSynapses::*;
  friend type reveal( StoredConnections );
};

struct StaticWeight
{
  using type = double StaticSynapse::*;
  friend type reveal( StaticWeight );
};

template struct Reveal< StoredConnections, &StaticSynapses::C_ >;
template struct Reveal< StaticWeight, &StaticSynapse::weight_ >;

namespace
{

/* A connection as NEST stores it, made of what is stored here. */
class Stored : public StaticSynapse
{
public:
  Stored( nest::Node& target, const size_t rport )
  {
    target_.set_target( &target );
    target_.set_rport( rport );
  }
};

} // namespace

const StaticSynapse&
newest( StaticSynapses& connector )
{
  const BlockVector< StaticSynapse >& connections = connector.*reveal( StoredConnections() );
  return connections[ connections.size() - 1 ];
}

StaticConnections::StaticConnections( const nest::synindex syn_id, const size_t thread )
  : syn_id_( syn_id )
  , thread_( thread )
{
}

void
StaticConnections::take_over( StaticSynapses& others )
{
  const BlockVector< StaticSynapse >& connections = others.*reveal( StoredConnections() );
  for ( size_t lcid = 0; lcid < connections.size(); ++lcid )
  {
    const StaticSynapse& connection = connections[ lcid ];
    add( connection, false );
    columns_.set_flag( lcid, StaticColumns::has_more, connection.source_has_more_targets() );
    columns_.set_flag( lcid, StaticColumns::is_disabled, connection.is_disabled() );
  }
}

/* The number of a node that NEST sends to. */
uint32_t
StaticConnections::number_of( nest::Node& node )
{
  const auto [ found, is_new ] = number_.emplace( &node, static_cast< uint32_t >( nodes_.size() ) );
  if ( is_new )
  {
    nodes_.push_back( &node );
  }
  return found->second;
}

void
StaticConnections::add( const StaticSynapse& connection, const bool sends_spikes )
{
  nest::Node& node = *connection.get_target( thread_ );
  const Shell* const shell = sends_spikes ? as_shell( node ) : nullptr;
  const auto delay = static_cast< uint32_t >( connection.get_delay_steps() );
  StaticRoute route { nullptr, connection.get_rport(), delay };
  if ( shell )
  {
    route.block = shell->block();
    route.rport = route.block->receptors().layout( shell->lane() ).receptor( connection.get_rport() )->route();
  }
  const uint32_t lane = shell ? static_cast< uint32_t >( shell->lane() ) : number_of( node );
  columns_.push_back( lane, routes_.number_of( route ), connection.*reveal( StaticWeight() ) );
}

void
StaticConnections::add( const size_t n,
  const uint32_t* const lanes,
  const uint32_t* const routes,
  const double* const weights,
  const double weight )
{
  columns_.lanes.append( n, lanes );
  columns_.routes.append( n, routes );
  weights ? columns_.weights.append_each( n, weights ) : columns_.weights.append( n, weight );
}

nest::Node&
StaticConnections::target( const size_t lcid ) const
{
  const uint32_t lane = columns_.lanes[ lcid ];
  Block* const block = route( lcid ).block;
  return block ? static_cast< nest::Node& >( block->nodes()[ lane ] ) : *nodes_[ lane ];
}

size_t
StaticConnections::rport( const size_t lcid ) const
{
  const StaticRoute& to = route( lcid );
  const auto number = [ & ] { return to.block->receptors().layout( columns_.lanes[ lcid ] ).number( to.rport ); };
  return to.block ? static_cast< size_t >( number() ) : to.rport;
}

StaticSynapse
StaticConnections::stored( const size_t lcid ) const
{
  Stored connection( target( lcid ), rport( lcid ) );
  connection.set_syn_id( syn_id_ );
  connection.set_delay_steps( route( lcid ).delay );
  connection.set_weight( columns_.weights[ lcid ] );
  return connection;
}

void
StaticConnections::change( const size_t lcid, const StaticSynapse& connection )
{
  StaticRoute next = route( lcid );
  next.delay = static_cast< uint32_t >( connection.get_delay_steps() );
  const uint32_t flags = columns_.routes[ lcid ] & ~StaticColumns::route;
  columns_.routes[ lcid ] = routes_.number_of( next ) | flags;
  columns_.weights.set( lcid, connection.*reveal( StaticWeight() ) );
}

void
StaticConnections::deliver( const size_t lcid, nest::Event& e )
{
  e.set_port( lcid );
  e.set_weight( columns_.weights[ lcid ] );
  e.set_delay_steps( route( lcid ).delay );
  e.set_receiver( target( lcid ) );
  e.set_rport( rport( lcid ) );
  e();
}

/* The same products are added to rings, in the same order, as by the neurons' handlers of events. */
size_t
StaticConnections::send( const size_t first, nest::SpikeEvent& e )
{
  const auto multiplicity = static_cast< double >( e.get_multiplicity() );
  Arrival* const arrivals = routes_.arrivals( e.get_stamp().get_steps(), slice_origin() );
  columns_.fetch( first );
  size_t lcid = first;
  while ( columns_.has( lcid, StaticColumns::has_more ) )
  {
    lcid = send_stretch( lcid, arrivals, multiplicity, e );
  }
  return send_stretch( lcid, arrivals, multiplicity, e ) - first;
}

/* Send along a connection and those behind it that have the same source, route and sign of weight. Returns the next one. */
size_t
StaticConnections::send_stretch( size_t lcid, Arrival* const arrivals, const double multiplicity, nest::SpikeEvent& e )
{
  const uint32_t* const words = columns_.routes.data();
  const uint32_t word = words[ lcid ];
  if ( word & StaticColumns::is_disabled )
  {
    return lcid + 1;
  }
  const bool negative = columns_.weights[ lcid ] < 0.0;
  const Arrival* const to = routes_.arrival( arrivals, word & StaticColumns::route, negative );
  if ( not to )
  {
    deliver( lcid, e );
    return lcid + 1;
  }
  double* const row = to->row[ negative ];
  double* const count = to->count[ negative ];
  const uint32_t* const lanes = columns_.lanes.data();
  const double* const weights = columns_.weights.data();
  const double sign = to->sign[ negative ];
  double value = sign * columns_.weights[ lcid ] * multiplicity;
  const size_t end = word & StaticColumns::has_more ? columns_.size() : lcid + 1;
  for ( ; lcid < end and words[ lcid ] == word; ++lcid )
  {
    if ( weights )
    {
      if ( ( weights[ lcid ] < 0.0 ) != negative )
      {
        break;
      }
      value = sign * weights[ lcid ] * multiplicity;
    }
    row[ lanes[ lcid ] ] += value;
    if ( count )
    {
      count[ lanes[ lcid ] ] += multiplicity;
    }
  }
  return lcid;
}

} // namespace nestml_jit
