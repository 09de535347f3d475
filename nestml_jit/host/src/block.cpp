/* The lanes of a block: values, and who wants to know of them. */
#include "block.h"

#include "neuron_type.h"
#include "shell.h"

namespace nestml_jit
{

Block::Block( NeuronType& type, const size_t thread )
  : type_( type )
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
  nj_.intern = []( const char* const text ) { return Texts::get().number( text ); };
  nj_.text = []( const double number ) { return Texts::get().text( number ).c_str(); };
}

size_t
Block::add( Shell& node, const std::vector< double >& row )
{
  nodes_.push_back( &node );
  return store_.add_lane( row.data() );
}

void
Block::read_row( const size_t lane, std::vector< double >& row )
{
  row.resize( store_.columns() );
  if ( bound_ and bound_->kernel->recall and history_.is_kept() and lane < history_.lanes() )
  {
    recall( lane / NJ_TILE, nest::kernel().simulation_manager.get_time().get_steps() );
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
  if ( journal().open and store_.get( column, lane ) != value )
  {
    journal().entries.push_back( { this, column, lane, store_.get( column, lane ) } );
  }
  store_.set( column, lane, value );
}

/* Let the past know that the user set a moved state: later spikes go on from there. */
void
Block::note_moved_set( const size_t lane, const std::vector< double >& row )
{
  if ( not bound_ or not history_.is_kept() or lane >= history_.lanes() )
  {
    return;
  }
  std::vector< double > values;
  for ( const size_t column : bound_->history )
  {
    values.push_back( row[ column ] );
  }
  history_.append( lane, nest::kernel().simulation_manager.get_time().get_steps(), values );
  nj_.history = history_.data();
  nj_.recent = history_.recent();
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
}

const Binding*
Block::type_binding() const
{
  return type_.binding();
}

/* The first synapse that looks at a lane's past is connected. As with NEST's neurons, the past begins here:
 * moved states have their initial values, unless a user has set them. */
void
Block::begin_past( const size_t lane, const int64_t step )
{
  if ( lane < read_.size() and read_[ lane ] )
  {
    return;
  }
  read_.resize( std::max( read_.size(), nodes_.size() ), false );
  read_[ lane ] = true;
  if ( not history_.is_kept() or lane >= history_.lanes() or not history_.ends_with_spike( lane ) )
  {
    return;
  }
  std::vector< double > values;
  for ( const size_t column : moved_ )
  {
    const bool is_state = type_.variables()[ column ].kind == Kind::moved_state;
    values.push_back( is_state ? type_.defaults()[ column ] : store_.get( column, lane ) );
  }
  history_.restart( lane, step, values );
}

} // namespace nestml_jit
