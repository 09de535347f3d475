/* Recordables of NEST's own neurons: asking for them, fetching them, and the node that does so. */
#include "nest/recordables.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "event.h"
#include "kernel_manager.h"
#include "nest_names.h"

#include "host_state.h"
#include "nest/private_member.h"
#include "nest/reached.h"
#include "nest/thread_nodes.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

struct SetNodeId
{
  using type = void ( nest::Node::* )( size_t );
  friend type reveal( SetNodeId );
};

struct IsInitialized
{
  using type = bool nest::Node::*;
  friend type reveal( IsInitialized );
};

template struct Reveal< IsInitialized, &nest::Node::initialized_ >;
template struct Reveal< SetNodeId, &nest::Node::set_node_id_ >;

/* Stands for a multimeter. A neuron tells multimeters apart by their node IDs. */
class Recordables::Listener : public nest::Node
{
public:
  Listener( Recordables& owner, const size_t number, const size_t thread )
    : owner_( owner )
  {
    constexpr size_t beyond = std::numeric_limits< size_t >::max() / 2; // no network has as many nodes
    ( this->*reveal( SetNodeId() ) )( beyond + number );
    set_thread( thread );
    set_vp( nest::kernel().vp_manager.thread_to_vp( thread ) );
  }

  using nest::Node::handle;

  void
  handle( nest::DataLoggingReply& reply ) override
  {
    owner_.receive( reply );
  }

  void
  update( const nest::Time&, const long, const long ) override
  {
    owner_.fetch();
    owner_.note_prepared();
  }

  void
  pre_run_hook() override
  {
  }

  void
  get_status( Dictionary& ) const override
  {
  }

  void
  set_status( const Dictionary& ) override
  {
  }

private:
  Recordables& owner_;
};

namespace
{

Dictionary
status_of( const nest::Node& node )
{
  Dictionary status;
  node.get_status( status );
  return status;
}

std::vector< std::string >
names_of( const Dictionary& status )
{
  const std::string& key = nest::names::recordables;
  if ( not status.known( key ) )
  {
    return {};
  }
  const auto* const names = std::get_if< std::vector< std::string > >( &status.at( key ) );
  return names ? *names : std::vector< std::string >();
}

/* The present value of a recordable, if the neuron shows it as its status. */
std::optional< double >
present( const Dictionary& status, const std::string& name )
{
  const auto* const value = status.known( name ) ? std::get_if< double >( &status.at( name ) ) : nullptr;
  return value ? std::optional< double >( *value ) : std::nullopt;
}

std::string
listed( const std::vector< std::string >& names )
{
  std::string text;
  for ( const std::string& name : names )
  {
    text += ( text.empty() ? "" : ", " ) + name;
  }
  return text.empty() ? "none" : text;
}

} // namespace

Recordables::Recordables( const size_t thread )
  : thread_( thread )
{
}

Recordables::~Recordables() = default;

Recordables&
Recordables::of( const size_t thread )
{
  Recordables* found = nullptr;
#pragma omp critical( nestml_jit_recordables )
  {
    for ( size_t next = host_state().recordables.size(); next <= thread; ++next )
    {
      host_state().recordables.emplace_back( new Recordables( next ) );
    }
    found = host_state().recordables[ thread ].get();
  }
  return *found;
}

// --- neurons ---------------------------------------------------------------------------------------

std::string
Recordables::refusal( nest::Node& node, const std::string& port, const std::string& name, const std::string& synapse )
{
  if ( lookup_.count( { &node, name } ) )
  {
    return "";
  }
  const Dictionary status = status_of( node );
  const std::vector< std::string > names = names_of( status );
  const std::string whose = "node " + std::to_string( node.get_node_id() ) + ", a '" + node.get_name() + "' of NEST,";
  const std::string what = "The port " + port + " of '" + synapse + "' reads " + name + ", ";
  if ( std::find( names.begin(), names.end(), name ) == names.end() )
  {
    return what + "which " + whose + " has no recordable for: it has " + listed( names )
      + ( names.empty() ? "."
                        : ". Write for example nest.jit.configure(\"" + synapse + "\", ports={\"" + port + "\": \""
            + names.front() + "\"})." );
  }
  if ( nest::kernel().simulation_manager.has_been_prepared() and not( node.*reveal( IsInitialized() ) ) )
  {
    return what + "and " + whose
      + " was made after Prepare, so that it cannot record yet. Call Cleanup before Connect.";
  }
  if ( reached_step() > 0 and not present( status, name ) )
  {
    return what + "and " + whose
      + " does not tell the value that this has now. Connect such synapses before the first simulation.";
  }
  return "";
}

Recordables::Listener&
Recordables::listener( const std::string& name )
{
  for ( const auto& [ known, found ] : listeners_ )
  {
    if ( known == name )
    {
      return *found;
    }
  }
  listeners_.emplace_back( name, std::make_unique< Listener >( *this, listeners_.size(), thread_ ) );
  return *listeners_.back().second;
}

size_t
Recordables::follow( nest::Node& node, const std::string& name )
{
  const auto found = lookup_.find( { &node, name } );
  if ( found != lookup_.end() )
  {
    return found->second;
  }
  const std::vector< std::string > names { name };
  Listener& sender = listener( name );
  nest::DataLoggingRequest request( nest::Time::step( 1 ), names );
  request.set_sender( sender );
  request.set_rport( 0 );
  const size_t rport = node.handles_test_event( request, 0 );
  followed_.push_back( { &node, rport, &sender, present( status_of( node ), name ).value_or( 0.0 ), false, {} } );
  if ( is_simulating() )
  {
    prepare_within( node );
    listen();
  }
  return lookup_[ { &node, name } ] = followed_.size() - 1;
}

void
Recordables::forget()
{
  for ( const auto& thread : host_state().recordables )
  {
    thread->fetched_ = INT64_MIN;
    thread->lookup_.clear();
    thread->followed_.clear();
    thread->listeners_.clear();
  }
}

// --- simulating ------------------------------------------------------------------------------------

void
Recordables::begin_run()
{
  for ( const auto& thread : host_state().recordables )
  {
    if ( not thread->followed_.empty() )
    {
      thread->prepare_late();
      thread->listen();
    }
  }
}

/* NEST's nodes are in the order of their IDs, and so our node is the last. */
void
Recordables::listen()
{
  if ( not std::exchange( listens_, true ) )
  {
    nest::Node& node = *listeners_.front().second;
    nodes_of( thread_ ).push_back( nest::SparseNodeArray::NodeEntry( node, node.get_node_id() ) );
  }
}

void
Recordables::end_run()
{
  for ( const auto& thread : host_state().recordables )
  {
    if ( std::exchange( thread->listens_, false ) )
    {
      auto& nodes = nodes_of( thread->thread_ );
      nodes.erase( nodes.end() - 1, nodes.end() );
    }
  }
}

/* Make a neuron record at once, which structural plasticity has connected, on the only thread. NEST asserts that no
 * simulation runs when it looks at the time. */
void
Recordables::prepare_within( nest::Node& node )
{
  bool& simulating = nest::kernel().simulation_manager.*reveal( IsSimulating() );
  simulating = false;
  node.pre_run_hook();
  simulating = true;
}

/* Make those record that began to be followed after NEST had prepared its nodes. */
void
Recordables::prepare_late()
{
  if ( not nest::kernel().simulation_manager.has_been_prepared() )
  {
    return;
  }
  for ( Followed& item : followed_ )
  {
    if ( not item.records )
    {
      item.node->pre_run_hook();
    }
  }
}

void
Recordables::note_prepared()
{
  for ( Followed& item : followed_ )
  {
    item.records = true;
  }
}

void
Recordables::add( Reader& reader )
{
  readers_.push_back( &reader );
}

void
Recordables::remove( Reader& reader )
{
  readers_.erase( std::remove( readers_.begin(), readers_.end(), &reader ), readers_.end() );
}

void
Recordables::fetch()
{
  const int64_t origin = slice_origin();
  if ( origin == fetched_ )
  {
    return;
  }
  const int64_t slice = min_delay_steps();
  for ( Reader* const reader : readers_ )
  {
    reader->expect( origin );
  }
  first_ = origin - slice;
  fetched_ = origin;
  for ( size_t number = 0; number < followed_.size(); ++number )
  {
    followed_[ number ].values.assign( slice, followed_[ number ].last );
    if ( followed_[ number ].records )
    {
      request( number );
    }
  }
  for ( Reader* const reader : readers_ )
  {
    reader->take( first_, origin );
  }
}

void
Recordables::request( const size_t number )
{
  Followed& item = followed_[ number ];
  nest::DataLoggingRequest request;
  request.set_sender( *item.listener );
  request.set_receiver( *item.node );
  request.set_rport( item.rport );
  request.set_port( number );
  request();
}

/* What a neuron did not record, since it was frozen then, is as it was before. */
void
Recordables::receive( nest::DataLoggingReply& reply )
{
  Followed& item = followed_[ reply.get_port() ];
  auto next = item.values.begin();
  for ( const nest::DataLoggingReply::Item& record : reply.get_info() )
  {
    const int64_t lag = record.timestamp.is_finite() ? record.timestamp.get_steps() - first_ - 1 : -1;
    if ( lag < 0 or lag >= static_cast< int64_t >( item.values.size() ) )
    {
      break;
    }
    std::fill( next, item.values.begin() + lag, item.last );
    next = item.values.begin() + lag;
    *next++ = item.last = record.data[ 0 ];
  }
  std::fill( next, item.values.end(), item.last );
}

} // namespace nestml_jit
