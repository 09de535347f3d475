#include "nest/selected_connections.h"

#include <algorithm>
#include <cstring>

#include "kernel_manager.h"
#include "nest_names.h"

#include "host_state.h"
#include "nest/columnar_connector.h"
#include "nest/connectors.h"
#include "nest/errors.h"
#include "nest/lookup.h"
#include "nest/synapse_model.h"
#include "nest/threads.h"

namespace nestml_jit
{

namespace
{

/* The connections between neurons of a model on a thread; null if there are none, or they are not of a model of ours. */
Connections*
connections_of( const size_t thread, const size_t syn_id )
{
  const auto& all = nest::kernel().connection_manager.*reveal( Connectors() );
  const bool is_known = thread < all.size() and syn_id < all[ thread ].size();
  auto* const connector = is_known ? dynamic_cast< ColumnarConnector* >( all[ thread ][ syn_id ] ) : nullptr;
  return connector ? &connector->connections() : nullptr;
}

/* Which node IDs are chosen. */
class Chosen
{
public:
  explicit Chosen( const ChosenNodes& nodes )
    : all_( not nodes.ids )
  {
    for ( size_t i = 0; i < nodes.size; ++i )
    {
      chosen_.resize( std::max< size_t >( chosen_.size(), nodes.ids[ i ] + 1 ) );
      chosen_[ nodes.ids[ i ] ] = true;
    }
  }

  bool
  include( const uint64_t id ) const
  {
    return all_ or ( id < chosen_.size() and chosen_[ id ] );
  }

  bool
  are_all() const
  {
    return all_;
  }

private:
  bool all_;
  std::vector< bool > chosen_;
};

} // namespace

SelectedConnections::SelectedConnections( const char* const* const objects, const size_t size, const size_t offset )
  : epoch_( host_state().kernel_epoch )
{
  bool are_ours = knows_connections();
  for ( size_t i = 0; are_ours and i < size; ++i )
  {
    constexpr size_t ahead = 16; // objects are where Python had memory
    __builtin_prefetch( objects[ std::min( i + ahead, size - 1 ) ] + offset );
    nest::ConnectionID id;
    std::memcpy( static_cast< void* >( &id ), objects[ i ] + offset, sizeof id );
    are_ours = add( id );
  }
  if ( not are_ours )
  {
    size_ = 0;
    stretches_.clear();
  }
}

SelectedConnections::SelectedConnections( const std::string& model,
  const ChosenNodes sources,
  const ChosenNodes targets )
  : epoch_( host_state().kernel_epoch )
{
  if ( not knows_connections() )
  {
    throw_kernel_exception( "NEST was told to forget where connections come from: set keep_source_table to True "
                            "before connecting." );
  }
  const size_t syn_id = nest::kernel().model_manager.get_synapse_model_id( model );
  const Chosen from( sources ), to( targets );
  for ( size_t thread = 0; thread < number_of_threads(); ++thread )
  {
    Connections* const connections = connections_of( thread, syn_id );
    for ( size_t lcid = 0; connections and lcid < connections->data.size(); ++lcid )
    {
      if ( not connections->data.index.disabled().contains( lcid )
        and ( from.are_all() or from.include( connections->ends.sender( lcid ) ) )
        and ( to.are_all() or to.include( connections->ends.target( lcid ).get_node_id() ) ) )
      {
        add( *connections, lcid );
      }
    }
  }
}

/* Add a connection at the end; false if it is none of ours, of another model, or not where NEST has found it. */
bool
SelectedConnections::add( const nest::ConnectionID& id )
{
  const auto thread = static_cast< size_t >( id.get_target_thread() );
  const auto syn_id = static_cast< size_t >( id.get_synapse_model_id() );
  const auto lcid = static_cast< size_t >( id.get_port() );
  const bool is_next = not stretches_.empty() and stretches_.back().connections->ends.thread() == thread;
  if ( not stretches_.empty() and stretches_.back().connections->ends.syn_id() != syn_id )
  {
    return false;
  }
  Connections* const connections = is_next ? stretches_.back().connections : connections_of( thread, syn_id );
  if ( not connections or lcid >= connections->data.size() or connections->data.index.disabled().contains( lcid )
    or connections->ends.sender( lcid ) != static_cast< uint64_t >( id.get_source_node_id() )
    or connections->ends.target( lcid ).get_node_id() != static_cast< uint64_t >( id.get_target_node_id() ) )
  {
    return false;
  }
  add( *connections, lcid );
  return true;
}

void
SelectedConnections::add( Connections& connections, const size_t lcid )
{
  ++size_;
  if ( not stretches_.empty() and stretches_.back().connections == &connections
    and lcid == stretches_.back().first + stretches_.back().count )
  {
    ++stretches_.back().count;
    return;
  }
  stretches_.push_back( { &connections, lcid, 1 } );
  revisions_[ &connections ] = connections.data.index.revision();
}

/* The model; there must be connections. */
const SynapseModel&
SelectedConnections::model() const
{
  return stretches_.front().connections->model;
}

void
SelectedConnections::require_present() const
{
  const auto is_stale = []( const auto& item ) { return item.first->data.index.revision() != item.second; };
  if ( epoch_ != host_state().kernel_epoch or std::any_of( revisions_.begin(), revisions_.end(), is_stale ) )
  {
    throw_kernel_exception( "These columns are of connections that are no more, or were put into another order when "
                            "connections were made or removed: select them again." );
  }
}

size_t
SelectedConnections::find( const std::string& name ) const
{
  const SynapseDescription& description = model().description();
  const size_t c = description.variables.find( name );
  const bool is_shown = c < description.variables.size() and not description.variables[ c ].hidden
    and description.variables[ c ].type != Type::text;
  if ( is_shown )
  {
    return c;
  }
  if ( name != "weight" or description.weight >= description.variables.size() )
  {
    throw_kernel_exception( "The synapse model '" + model().get_name() + "' has no column '" + name + "'." );
  }
  return description.weight;
}

/* Fill an array by `read( connections, lcid )`. */
template < typename Read >
void
SelectedConnections::each( double* out, const Read read ) const
{
  for ( const Stretch& stretch : stretches_ )
  {
    for ( size_t lcid = stretch.first; lcid < stretch.first + stretch.count; ++lcid )
    {
      *out++ = read( *stretch.connections, lcid );
    }
  }
}

void
SelectedConnections::read_variable( const size_t c, double* out ) const
{
  std::vector< double > row;
  for ( const Stretch& stretch : stretches_ )
  {
    Connections& connections = *stretch.connections;
    if ( connections.shown.is_stored( c ) )
    {
      connections.data.table.read( c, stretch.first, stretch.count, out );
      out += stretch.count;
      continue;
    }
    row.resize( connections.data.table.columns().size() );
    for ( size_t lcid = stretch.first; lcid < stretch.first + stretch.count; ++lcid )
    {
      host_state().showing_now ? connections.shown.show_now( lcid, row ) : connections.shown.show( lcid, row );
      *out++ = row[ c ];
    }
  }
}

void
SelectedConnections::get( const std::string& name, double* const out ) const
{
  require_present();
  const auto whole = []( const auto number ) { return slot_of( static_cast< int64_t >( number ) ); };
  if ( name == nest::names::source )
  {
    each( out, [ & ]( Connections& all, const size_t lcid ) { return whole( all.ends.sender( lcid ) ); } );
  }
  else if ( name == nest::names::target )
  {
    each(
      out, [ & ]( Connections& all, const size_t lcid ) { return whole( all.ends.target( lcid ).get_node_id() ); } );
  }
  else if ( name == nest::names::target_thread )
  {
    each( out, [ & ]( Connections& all, const size_t ) { return whole( all.ends.thread() ); } );
  }
  else if ( name == nest::names::port )
  {
    each( out, [ & ]( Connections&, const size_t lcid ) { return whole( lcid ); } );
  }
  else if ( name == nest::names::delay )
  {
    each( out,
      []( Connections& all, const size_t lcid )
      { return on_grid( nest::Time::delay_steps_to_ms( all.data.delay_steps( lcid ) ) ); } );
  }
  else if ( size_ > 0 )
  {
    read_variable( find( name ), out );
  }
}

/* Evaluate the guards that a variable concerns; others hold as before. */
void
SelectedConnections::check( const size_t c, const double* const values, const bool one ) const
{
  const Variables& variables = model().description().variables;
  if ( not variables[ c ].is_settable() or variables[ c ].common or c == model().description().delay )
  {
    throw_bad_property( "'" + variables[ c ].name + "' of connections cannot be set as a column." );
  }
  const auto about = variables.guards_about( c );
  if ( about.empty() )
  {
    return;
  }
  std::vector< double > row;
  size_t i = 0;
  for ( const Stretch& stretch : stretches_ )
  {
    row.resize( stretch.connections->data.table.columns().size() );
    for ( size_t lcid = stretch.first; lcid < stretch.first + stretch.count; ++lcid, ++i )
    {
      stretch.connections->data.table.read( lcid, row );
      row[ c ] = values[ one ? 0 : i ];
      variables.refresh_internals( row.data() );
      for ( const auto& [ k, guard ] : about )
      {
        variables.check_guard( k, *guard, row.data() );
      }
    }
  }
}

void
SelectedConnections::set( const std::string& name, const double* const values, const bool one ) const
{
  require_present();
  if ( size_ == 0 )
  {
    return;
  }
  const size_t c = find( name );
  check( c, values, one );
  host_state().generation.raise();
  size_t i = 0;
  for ( const Stretch& stretch : stretches_ )
  {
    Connections& connections = *stretch.connections;
    for ( size_t lcid = stretch.first; connections.modulation.is_told() and lcid < stretch.first + stretch.count;
      ++lcid )
    {
      connections.shown.catch_up( lcid );
    }
    connections.data.table.write( c, stretch.first, stretch.count, one ? values : values + i, one );
    i += stretch.count;
  }
}

} // namespace nestml_jit
