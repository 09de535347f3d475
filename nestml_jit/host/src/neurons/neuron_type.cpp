/* What all neurons of a model share: variables, defaults, and blocks of lanes. */
#include "neurons/neuron_type.h"

#include <algorithm>
#include <utility>

#include "host_state.h"
#include "nest/row_dictionary.h"
#include "nest/shell.h"
#include "values/texts.h"

namespace nestml_jit
{

NeuronType::NeuronType( std::shared_ptr< const NeuronDescription > description, std::string name, const size_t threads )
  : description_( std::move( description ) )
  , name_( std::move( name ) )
  , defaults_( description_->variables )
  , ports_( description_->ports )
  , blocks_( threads )
  , archive_( std::make_unique< Archive >() )
{
  host_state().neuron_types[ name_ ] = this;
  host_state().generation.raise();
}

NeuronType::NeuronType( const NeuronType& other, std::string name, const size_t threads )
  : NeuronType( other.description_, std::move( name ), threads )
{
  const std::vector< double >& theirs = other.defaults_.values();
  const std::vector< bool >& given_theirs = other.defaults_.given();
  std::vector< double > before = defaults_.values();
  std::vector< double > row( theirs.begin(), theirs.begin() + static_cast< std::ptrdiff_t >( before.size() ) );
  std::vector< bool > given(
    given_theirs.begin(), given_theirs.begin() + static_cast< std::ptrdiff_t >( before.size() ) );
  fit_vectors( before, row, given );
  for ( size_t i = 0; i < row.size(); ++i )
  {
    const size_t number = other.variables().find( variables()[ i ].name );
    row[ i ] = theirs[ number ];
    given[ i ] = given_theirs[ number ];
  }
  defaults_.set( std::move( row ), std::move( given ) );
  archive_ = std::make_unique< Archive >( *other.archive_ );
}

NeuronType::~NeuronType()
{
  host_state().generation.raise();
  const auto registered = host_state().neuron_types.find( name_ );
  if ( registered != host_state().neuron_types.end() and registered->second == this )
  {
    host_state().neuron_types.erase( registered );
  }
}

namespace
{

/* Where either is true; the first may be shorter. */
std::vector< bool >
united( const std::vector< bool >& some, const std::vector< bool >& others )
{
  std::vector< bool > all = others;
  for ( size_t i = 0; i < some.size(); ++i )
  {
    all[ i ] = all[ i ] or some[ i ];
  }
  return all;
}

} // namespace

/* Copy what a dictionary gives to a row of the model's variables, and note it in `given`.
 *
 * With `fixed` all variables that are neither given nor fixed follow those that are. Vectors get as many elements
 * as the row then says; nothing else is checked yet. */
void
NeuronType::read( const GivenValues& from,
  std::vector< double >& row,
  std::vector< bool >& given,
  const std::vector< bool >* const fixed )
{
  const auto follow = [ & ]
  {
    if ( fixed )
    {
      variables().follow( row.data(), united( *fixed, given ) );
    }
  };
  accept_shown( variables(), from, row );
  if ( variables().vectors().empty() and not ports_.are_resizable() )
  {
    read_scalars( variables(), from, row, given );
    follow();
    return;
  }
  variables().refresh_internals( row.data() );
  std::vector< double > before = row;
  read_scalars( variables(), from, row, given );
  follow();
  variables().refresh_internals( row.data() );
  const size_t known = row.size();
  fit_vectors( before, row, given );
  if ( row.size() > known )
  {
    read_scalars( variables(), from, row, given ); // elements that were not there before
  }
  read_vectors( variables(), from, row, before, given );
  follow();
}

/* Make room for the elements that a row asks for; those that it did not have before are 0.
 *
 * Where a neuron's vector is shorter than the longest, what is behind its end is computed and never seen: it has
 * the values of the first element, so that nothing in it divides by zero. */
void
NeuronType::fit_vectors( std::vector< double >& before, std::vector< double >& row, std::vector< bool >& given )
{
  ports_.fit( variables(), row.data() );
  add_elements( row.data() );
  for ( size_t i = row.size(); i < variables().size(); ++i )
  {
    const size_t first = variables().first_element( i );
    row.push_back( row[ first ] );
    before.push_back( before[ first ] );
    given.push_back( false );
  }
  for ( const Vector& vector : variables().vectors() )
  {
    for ( size_t k = vector.size( before.data() ); k < vector.size( row.data() ); ++k )
    {
      row[ vector.elements[ k ] ] = given[ vector.elements[ k ] ] ? row[ vector.elements[ k ] ] : 0.0;
    }
  }
}

/* Have as many elements of vectors as a row asks for, in all neurons that exist. */
void
NeuronType::add_elements( const double* const row )
{
  const size_t known = variables().size();
  const std::vector< size_t > firsts = defaults_.grow( row );
  if ( not firsts.empty() )
  {
    host_state().generation.raise();
  }
  for ( size_t i = 0; i < firsts.size(); ++i )
  {
    for ( auto& block : blocks_ )
    {
      if ( block )
      {
        block->store().add_copy( firsts[ i ], variables()[ known + i ].is_dynamic() );
      }
    }
  }
}

std::vector< std::pair< std::string, size_t > >
NeuronType::sizes() const
{
  std::vector< std::pair< std::string, size_t > > found;
  for ( const Vector& vector : variables().vectors() )
  {
    if ( vector.size_variable != SIZE_MAX and not vector.name.empty() )
    {
      found.emplace_back( vector.name, vector.elements.size() );
    }
  }
  const auto ports = ports_.named();
  found.insert( found.end(), ports.begin(), ports.end() );
  return found;
}

/* Have columns for that many elements of a vector, since neurons of another process need them. */
void
NeuronType::make_room( const std::string& name, const size_t elements )
{
  size_t variable = SIZE_MAX;
  for ( const Vector& vector : variables().vectors() )
  {
    variable = vector.name == name ? vector.size_variable : variable;
  }
  for ( const Port& port : description_->ports.list() )
  {
    variable = port.name == name ? port.size_variable : variable;
  }
  const auto known = sizes();
  const bool is_short = std::any_of(
    known.begin(), known.end(), [ & ]( const auto& item ) { return item.first == name and item.second < elements; } );
  if ( is_short )
  {
    std::vector< double > row = defaults_.values();
    row[ variable ] = slot_of( static_cast< int64_t >( elements ) );
    std::vector< double > before = defaults_.values();
    std::vector< bool > given( variables().size(), false );
    fit_vectors( before, row, given );
  }
}

bool
NeuronType::concerns_archive( const Dictionary& d ) const
{
  return std::any_of( archive_keys.begin(),
    archive_keys.end(),
    [ & ]( const std::string& key ) { return d.known( key ) and variables().find( key ) == variables().size(); } );
}

void
NeuronType::set_defaults( const Dictionary& d, const GivenValues& from )
{
  std::vector< double > row = defaults_.values();
  std::vector< bool > given( variables().size(), false );
  read( from, row, given, &defaults_.given() );
  std::vector< bool > fixed = united( defaults_.given(), given );
  variables().check( row.data(), given );
  const bool archived = concerns_archive( d );
  if ( archived )
  {
    Archive trial( *archive_ );
    trial.set_status( d );
  }
  d.all_entries_accessed( "SetDefaults", "params" );
  if ( host_state().checking )
  {
    return;
  }
  if ( archived )
  {
    archive_->set_status( d );
  }
  host_state().generation.raise();
  defaults_.set( std::move( row ), std::move( fixed ) );
}

/* Add a column that a synapse model brings along; the neurons that exist get it too. */
void
NeuronType::add_moved( const Variable& variable )
{
  if ( not defaults_.add_moved( variable ) )
  {
    return;
  }
  host_state().generation.raise();
  for ( auto& block : blocks_ )
  {
    if ( block )
    {
      block->store().add_column( variable.constant, false );
    }
  }
}

/* Let a column have another name. If that meant another column before, values that users gave under it go along. */
void
NeuronType::name_moved( const std::string& alias, const size_t column )
{
  const size_t before = variables().find_alias( alias );
  defaults_.set_alias( alias, column );
  if ( before == variables().size() or before == column )
  {
    return;
  }
  const double initial = variables()[ before ].constant;
  if ( const double value = defaults_.values()[ before ]; not is_same( value, initial ) )
  {
    defaults_.replace( column, defaults_.values()[ column ], value );
  }
  for ( auto& block : blocks_ )
  {
    for ( size_t lane = 0; block and lane < block->store().lanes(); ++lane )
    {
      if ( const double value = block->store().get( before, lane ); not is_same( value, initial ) )
      {
        block->write( column, lane, value );
      }
    }
  }
}

void
NeuronType::attach( std::shared_ptr< const Binding > binding )
{
  binding_ = std::move( binding );
}

Block&
NeuronType::block( const size_t thread )
{
  std::unique_ptr< Block >& slot = blocks_.at( thread );
  if ( not slot )
  {
    slot = std::make_unique< Block >( *this, thread );
  }
  return *slot;
}

} // namespace nestml_jit
