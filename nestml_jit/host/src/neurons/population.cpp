/* Variables of whole populations at once, for NumPy: reading, checked setting, and memory that can be looked at. */
#include <algorithm>
#include <memory>
#include <sstream>

#include "host_state.h"
#include "nest/errors.h"
#include "nest/lookup.h"
#include "nest/shell.h"
#include "neurons/population.h"

namespace nestml_jit
{

Population::Population( const uint64_t* const ids, const size_t size )
  : epoch_( host_state().kernel_epoch )
{
  places_.reserve( size );
  for ( size_t i = 0; i < size; ++i )
  {
    const Shell* const shell = find_shell( ids[ i ] );
    if ( not shell )
    {
      throw_kernel_exception( "Node " + std::to_string( ids[ i ] )
        + " is no neuron of a NESTML model on this process: it has no columns. "
          "Use get() and set() of the NodeCollection." );
    }
    if ( type_ and type_ != &shell->type() )
    {
      throw_kernel_exception( "The neurons are of several models ('" + type_->name() + "', '" + shell->type().name()
        + "'): columns are those of one model." );
    }
    type_ = &shell->type();
    places_.push_back( { shell->block(), static_cast< uint32_t >( shell->lane() ) } );
  }
}

NeuronType&
Population::type() const
{
  if ( epoch_ != host_state().kernel_epoch )
  {
    throw_kernel_exception( "The kernel was reset: these columns are of neurons that are no more." );
  }
  return *type_;
}

size_t
Population::find( const std::string& name ) const
{
  const Variables& variables = type().variables();
  const size_t c = variables.find( name );
  if ( c == variables.size() or variables[ c ].hidden or variables[ c ].type == Type::text )
  {
    throw_kernel_exception( "The model '" + type_->name() + "' has no column '" + name + "'." );
  }
  return c;
}

void
Population::get( const std::string& name, double* const out ) const
{
  const size_t c = find( name );
  const Kind kind = type_->variables()[ c ].kind;
  std::vector< double > row;
  for ( size_t i = 0; i < places_.size(); ++i )
  {
    if ( kind == Kind::moved_state or kind == Kind::internal )
    {
      places_[ i ].block->read_row( places_[ i ].lane, row );
      type_->variables().refresh_internals( row.data() );
      out[ i ] = row[ c ];
    }
    else
    {
      out[ i ] = places_[ i ].block->store().get( c, places_[ i ].lane );
    }
  }
}

/* The slots of integers that are given as real numbers. */
std::vector< double >
Population::whole_slots( const size_t c, const double* const values, const size_t size ) const
{
  std::vector< double > slots( size );
  for ( size_t i = 0; i < size; ++i )
  {
    if ( not is_integer( values[ i ] ) )
    {
      throw_bad_property(
        "'" + type_->variables()[ c ].name + "' must be an integer of 64 bits. Nothing was changed." );
    }
    slots[ i ] = slot_of( static_cast< int64_t >( values[ i ] ) );
  }
  return slots;
}

/* Store one value per neuron, or one for all; nothing is stored if one of them may not be. The values are real
 * numbers, or the slots of integers if `whole`. */
void
Population::set( const std::string& name, const double* values, const bool one, const bool whole ) const
{
  const size_t c = find( name );
  std::vector< double > slots;
  if ( not whole and type_->variables()[ c ].type == Type::integer )
  {
    slots = whole_slots( c, values, one ? 1 : places_.size() );
    values = slots.data();
  }
  check( c, values, one );
  const bool moved = type_->variables()[ c ].kind == Kind::moved_state;
  std::vector< double > row;
  for ( size_t i = 0; i < places_.size(); ++i )
  {
    const auto& [ block, lane ] = places_[ i ];
    if ( moved )
    {
      block->read_row( lane, row );
      row[ c ] = values[ one ? 0 : i ];
    }
    block->write( c, lane, values[ one ? 0 : i ] );
    if ( moved )
    {
      block->past().note_set( lane, row );
    }
  }
}

void
Population::check( const size_t c, const double* const values, const bool one ) const
{
  const Variables& variables = type_->variables();
  const Variable& variable = variables[ c ];
  if ( not variable.is_settable() )
  {
    throw_bad_property( "'" + variable.name + "' cannot be set." );
  }
  const auto& vectors = variables.vectors();
  const bool is_resizable = type_->ports().are_resizable()
    or std::any_of( vectors.begin(), vectors.end(), []( const Vector& v ) { return v.size_variable != SIZE_MAX; } );
  if ( variable.type == Type::integer and is_resizable )
  {
    throw_bad_property( "'" + variable.name + "' may be the size of a vector: set it with set()." );
  }
  const size_t size = one ? 1 : places_.size();
  for ( size_t i = 0; i < size and variable.type == Type::boolean; ++i )
  {
    if ( values[ i ] != 0.0 and values[ i ] != 1.0 )
    {
      throw_bad_property( "'" + variable.name + "' must be a boolean. Nothing was changed." );
    }
  }
  check_guards( c, values, one );
}

/* Evaluate the guards that a variable concerns; others hold as before. */
void
Population::check_guards( const size_t c, const double* const values, const bool one ) const
{
  const Variables& variables = type_->variables();
  const auto about = variables.guards_about( c );
  const bool borrowed = variables[ c ].origin != nullptr;
  const bool alone = not borrowed
    and std::all_of( about.begin(),
      about.end(),
      [ c ]( const auto& item )
      {
        const std::vector< size_t > read = item.second->program.variables_read();
        return std::all_of( read.begin(), read.end(), [ c ]( const size_t other ) { return other == c; } );
      } );
  std::vector< double > row( type_->defaults().values() );
  std::vector< bool > given( variables.size(), false );
  given[ c ] = true;
  const size_t size = about.empty() and not borrowed ? 0 : alone and one ? 1 : places_.size();
  for ( size_t i = 0; i < size; ++i )
  {
    if ( not alone )
    {
      places_[ i ].block->read_row( places_[ i ].lane, row );
    }
    row[ c ] = values[ one ? 0 : i ];
    if ( not alone )
    {
      variables.refresh_internals( row.data() );
    }
    for ( const auto& [ k, guard ] : about )
    {
      variables.check_guard( k, *guard, row.data() );
    }
    if ( borrowed )
    {
      variables.check( row.data(), given );
    }
  }
}

/* Give a column of a thread's neurons memory that stays where it is. */
const std::vector< Stretch >&
Population::pin( const std::string& name, const size_t thread ) const
{
  const size_t c = find( name );
  if ( type_->variables()[ c ].kind == Kind::moved_state or type_->variables()[ c ].kind == Kind::internal )
  {
    throw_kernel_exception( "'" + name + "' is computed when it is read: there is no memory to look at." );
  }
  Block& block = type_->block( thread );
  const std::vector< Stretch >& stretches = block.store().column( c ).pin();
  block.tiles().repoint();
  return stretches;
}

} // namespace nestml_jit
