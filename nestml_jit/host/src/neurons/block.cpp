/* The lanes of a block: values, and who wants to know of them. */
#include "neurons/block.h"

#include "nest/reached.h"
#include "nest/shell.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

Block::Block( NeuronType& type, const size_t thread )
  : TextHolder( thread )
  , type_( type )
  , thread_( thread )
{
  for ( size_t c = 0; c < type.variables().size(); ++c )
  {
    store_.add_column( 0.0, type.variables()[ c ].is_dynamic() );
  }
  nj_.host = this;
  nj_.emit = &Block::emit;
  nj_.grow = &Block::grow;
  nj_.message = &Block::message;
  nj_.fail = &Block::fail;
  nj_.out_of_range = &Block::out_of_range;
  nj_.intern = []( const char* const text ) { return Texts::get().number( text ); };
  nj_.text = []( const double number ) { return Texts::get().text( number ).c_str(); };
}

size_t
Block::add( Shell& node, const std::vector< double >& row )
{
  nodes_.push_back( &node );
  return store_.add_lane( row.data() );
}

bool
Block::rests() const
{
  for ( size_t lane = 0; lane < nodes_.size(); ++lane )
  {
    if ( not is_idle( lane ) )
    {
      return true;
    }
  }
  return false;
}

void
Block::each_text( const std::function< void( double ) >& visit ) const
{
  for ( size_t c = 0; c < store_.columns(); ++c )
  {
    for ( size_t lane = 0; type_.variables()[ c ].type == Type::text and lane < store_.lanes(); ++lane )
    {
      visit( store_.get( c, lane ) );
    }
  }
}

void
Block::read_row( const size_t lane, std::vector< double >& row )
{
  row.resize( store_.columns() );
  if ( has_fitted_past() and lane < history_.lanes() )
  {
    recall( lane / NJ_TILE, reached_step() );
  }
  for ( size_t c = 0; c < row.size(); ++c )
  {
    row[ c ] = store_.get( c, lane );
  }
}

/* Add a column for an element of a vector, with the values of another one. */
void
Block::add_element( const size_t other, const bool own )
{
  store_.add_column( 0.0, own );
  for ( size_t lane = 0; lane < store_.lanes(); ++lane )
  {
    store_.set( store_.columns() - 1, lane, store_.get( other, lane ) );
  }
}

void
Block::write( const size_t column, const size_t lane, const double value )
{
  if ( journal().open and not is_same( store_.get( column, lane ), value ) )
  {
    journal().entries.push_back( { this, column, lane, store_.get( column, lane ) } );
  }
  store_.set( column, lane, value );
  if ( lane < layouts_.size() )
  {
    layouts_[ lane ].reset(); // it may be a size that has changed
  }
}

/* The receptors of a neuron. */
const Layout&
Block::layout( const size_t lane )
{
  if ( not type_.is_resizable() )
  {
    return type_.layout();
  }
  layouts_.resize( std::max( layouts_.size(), nodes_.size() ) );
  if ( not layouts_[ lane ] )
  {
    std::vector< double > row( store_.columns() );
    for ( size_t c = 0; c < row.size(); ++c )
    {
      row[ c ] = store_.get( c, lane );
    }
    type_.variables().refresh_internals( row.data() );
    const std::vector< size_t > sizes = type_.description().ports.sizes( row.data() );
    std::weak_ptr< const Layout >& known = all_[ sizes ];
    layouts_[ lane ] = known.lock();
    if ( not layouts_[ lane ] )
    {
      layouts_[ lane ] = std::make_shared< const Layout >( type_.description().ports.layout( sizes ) );
      known = layouts_[ lane ];
    }
  }
  return *layouts_[ lane ];
}

/* Note that a connection goes to a receptor of a neuron. */
void
Block::note_receptor( const size_t lane, const bool spikes, const size_t number )
{
  if ( type_.is_resizable() )
  {
    used_[ lane ].emplace( spikes, number );
  }
}

namespace
{

/* Numbers of the receptors of a node that connections of NEST or of ours go to, whatever they carry. */
std::set< size_t >
receptors_of_connections( const size_t node_id )
{
  const nest::ConnectionManager& manager = nest::kernel().connection_manager;
  const nest::NodeCollectionPTR target = nest::NodeCollection::create( node_id );
  std::deque< nest::ConnectionID > found;
  for ( size_t syn_id = 0; syn_id < nest::kernel().model_manager.get_num_connection_models(); ++syn_id )
  {
    manager.get_connections( found, nullptr, target, syn_id, nest::UNLABELED_CONNECTION );
  }
  std::set< size_t > receptors;
  for ( const nest::ConnectionID& id : found )
  {
    const Dictionary status = manager.get_synapse_status(
      id.get_source_node_id(), node_id, id.get_target_thread(), id.get_synapse_model_id(), id.get_port() );
    receptors.insert( static_cast< size_t >( status.get< long >( "receptor" ) ) );
  }
  return receptors;
}

} // namespace

/* Forget receptors of a neuron to which no connection goes any more: NEST does not say when one is removed. */
void
Block::forget_receptors( const size_t lane )
{
  if ( not nest::kernel().connection_manager.get_keep_source_table() )
  {
    return; // nobody knows
  }
  const std::set< size_t > connected = receptors_of_connections( nodes_[ lane ]->get_node_id() );
  auto& used = used_[ lane ];
  for ( auto item = used.begin(); item != used.end(); )
  {
    item = connected.count( item->second ) ? std::next( item ) : used.erase( item );
  }
}

/* Raise an error if a neuron would lose a receptor that is used, or get another one in its place, with these values
 * of its variables. */
void
Block::check_receptors( const size_t lane, const double* const row )
{
  const auto found = used_.find( lane );
  if ( found == used_.end() )
  {
    return;
  }
  auto& used = found->second;
  const Layout& now = layout( lane );
  const Layout then = type_.description().ports.layout( type_.description().ports.sizes( row ) );
  const auto is_lost = [ & ]( const std::pair< bool, size_t >& receptor )
  { return now.loses( then, receptor.first, receptor.second ); };
  if ( std::any_of( used.begin(), used.end(), is_lost ) )
  {
    forget_receptors( lane );
  }
  const auto lost = std::find_if( used.begin(), used.end(), is_lost );
  if ( lost != used.end() )
  {
    const auto& [ spikes, number ] = *lost;
    throw nest::BadProperty( "Node " + std::to_string( nodes_[ lane ]->get_node_id() ) + " of the model '"
      + type_.name() + "' would have other receptors, and a connection goes to "
      + ( spikes ? now.receptor( number )->name : now.continuous[ number ].name ) + ", its receptor "
      + std::to_string( number )
      + ", which would vanish or become another one. Set sizes of ports before connecting. Nothing was changed." );
  }
}

void
Block::watch( const size_t lane )
{
  const size_t t = lane / NJ_TILE;
  watched_.resize( std::max( watched_.size(), t + 1 ) );
  auto& lanes = watched_[ t ];
  if ( std::find( lanes.begin(), lanes.end(), lane ) == lanes.end() )
  {
    lanes.push_back( static_cast< uint32_t >( lane ) );
    std::sort( lanes.begin(), lanes.end() );
  }
}

void
Block::refresh_frozen()
{
  frozen_stale_ = true;
}

/* Give a column memory that stays where it is; the tiles are told. */
const std::vector< Stretch >&
Block::pin( const size_t column )
{
  const auto& stretches = store_.column( column ).pin();
  for ( size_t k = 0; bound_ and k < width_; ++k )
  {
    if ( not bound_->columns[ k ].internal and bound_->columns[ k ].index == column )
    {
      for ( size_t t = 0; ( t + 1 ) * width_ <= pointers_.size(); ++t )
      {
        pointers_[ t * width_ + k ] = store_.column( column ).data( t );
      }
    }
  }
  return stretches;
}

void
Block::add_reader( const std::weak_ptr< PastReader >& reader )
{
  readers_.push_back( reader );
  const auto alive = reader.lock();
  have_emitters_ = have_emitters_ or ( alive and alive->emits() );
}

const Binding*
Block::type_binding() const
{
  return type_.binding();
}

} // namespace nestml_jit
