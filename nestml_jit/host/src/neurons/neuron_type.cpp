/* What all neurons of a model share: variables, defaults, and blocks of lanes. */
#include "neurons/neuron_type.h"

#include <utility>

#include "kernel_manager.h"

#include "nest/shell.h"
#include "values/texts.h"

namespace nestml_jit
{

std::map< std::string, NeuronType* >&
neuron_types()
{
  static std::map< std::string, NeuronType* > types;
  return types;
}

bool&
creating()
{
  static bool value = false;
  return value;
}

bool&
checking()
{
  static bool value = false;
  return value;
}

Journal&
journal()
{
  static Journal journal;
  return journal;
}

void
Journal::undo()
{
  open = false;
  for ( auto entry = entries.rbegin(); entry != entries.rend(); ++entry )
  {
    entry->block->write( entry->column, entry->lane, entry->value );
  }
  entries.clear();
}

NeuronType::NeuronType( std::shared_ptr< const NeuronDescription > description, std::string name, const size_t threads )
  : description_( std::move( description ) )
  , name_( std::move( name ) )
  , variables_( description_->variables )
  , defaults_( variables_.size() )
  , given_( variables_.size(), false )
  , blocks_( threads )
  , archive_( std::make_unique< Archive >() )
  , port_sizes_( description_->ports.sizes() )
  , layout_( description_->ports.layout( port_sizes_ ) )
  , is_resizable_( description_->ports.are_resizable() )
{
  variables_.initialize( defaults_.data() );
  neuron_types()[ name_ ] = this;
}

NeuronType::NeuronType( const NeuronType& other, std::string name, const size_t threads )
  : NeuronType( other.description_, std::move( name ), threads )
{
  std::vector< double > before = defaults_;
  std::vector< double > row( other.defaults_.begin(), other.defaults_.begin() + defaults_.size() );
  std::vector< bool > given( other.given_.begin(), other.given_.begin() + given_.size() );
  fit_vectors( before, row, given );
  for ( size_t i = 0; i < row.size(); ++i )
  {
    const size_t theirs = other.variables_.find( variables_[ i ].name );
    row[ i ] = other.defaults_[ theirs ];
    given[ i ] = other.given_[ theirs ];
  }
  defaults_ = std::move( row );
  given_ = std::move( given );
  archive_ = std::make_unique< Archive >( *other.archive_ );
}

NeuronType::~NeuronType()
{
  const auto registered = neuron_types().find( name_ );
  if ( registered != neuron_types().end() and registered->second == this )
  {
    neuron_types().erase( registered );
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
NeuronType::read( const Dictionary& d,
  std::vector< double >& row,
  std::vector< bool >& given,
  const std::vector< bool >* const fixed,
  nest::Node* const node )
{
  const auto follow = [ & ]
  {
    if ( fixed )
    {
      variables_.follow( row.data(), united( *fixed, given ) );
    }
  };
  if ( variables_.vectors().empty() and not is_resizable_ )
  {
    variables_.read_scalars( d, row.data(), given, node );
    follow();
    return;
  }
  variables_.refresh_internals( row.data() );
  std::vector< double > before = row;
  variables_.read_scalars( d, row.data(), given, node );
  follow();
  variables_.refresh_internals( row.data() );
  const size_t known = row.size();
  fit_vectors( before, row, given );
  if ( row.size() > known )
  {
    variables_.read_scalars( d, row.data(), given, node ); // elements that were not there before
  }
  variables_.read_vectors( d, row.data(), before.data(), given, node );
  follow();
}

/* Make room for the elements that a row asks for; those that it did not have before are 0.
 *
 * Where a neuron's vector is shorter than the longest, what is behind its end is computed and never seen: it has
 * the values of the first element, so that nothing in it divides by zero. */
void
NeuronType::fit_vectors( std::vector< double >& before, std::vector< double >& row, std::vector< bool >& given )
{
  const size_t known = variables_.size();
  fit_ports( row.data() );
  if ( variables_.grow( row.data() ) )
  {
    for ( size_t i = known; i < variables_.size(); ++i )
    {
      const size_t first = variables_.first_element( i );
      defaults_.push_back( defaults_[ first ] );
      given_.push_back( false );
      row.push_back( row[ first ] );
      before.push_back( before[ first ] );
      given.push_back( false );
      for ( auto& block : blocks_ )
      {
        if ( block )
        {
          block->store().add_copy( first, variables_[ i ].is_dynamic() );
        }
      }
    }
  }
  for ( const Vector& vector : variables_.vectors() )
  {
    for ( size_t k = vector.size( before.data() ); k < vector.size( row.data() ); ++k )
    {
      row[ vector.elements[ k ] ] = given[ vector.elements[ k ] ] ? row[ vector.elements[ k ] ] : 0.0;
    }
  }
}

/* Have as many elements of the ports as a row asks for. */
void
NeuronType::fit_ports( const double* const row )
{
  const std::vector< Port >& ports = description_->ports.list();
  for ( const Port& port : ports )
  {
    if ( port.size_variable != SIZE_MAX )
    {
      variables_.check_size( port.name, port.size_variable, row );
    }
  }
  const std::vector< size_t > sizes = description_->ports.sizes( row );
  for ( size_t p = 0; p < ports.size(); ++p )
  {
    port_sizes_[ p ] = std::max( port_sizes_[ p ], sizes[ p ] );
  }
}

std::vector< std::pair< std::string, size_t > >
NeuronType::sizes() const
{
  std::vector< std::pair< std::string, size_t > > found;
  for ( const Vector& vector : variables_.vectors() )
  {
    if ( vector.size_variable != SIZE_MAX and not vector.name.empty() )
    {
      found.emplace_back( vector.name, vector.elements.size() );
    }
  }
  for ( size_t p = 0; p < port_sizes_.size(); ++p )
  {
    const Port& port = description_->ports.list()[ p ];
    if ( port.size_variable != SIZE_MAX and port.spikes ) // those for currents are vectors of their own
    {
      found.emplace_back( port.name, port_sizes_[ p ] );
    }
  }
  return found;
}

/* Have columns for that many elements of a vector, since neurons of another process need them. */
void
NeuronType::make_room( const std::string& name, const size_t elements )
{
  size_t variable = SIZE_MAX;
  for ( const Vector& vector : variables_.vectors() )
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
    std::vector< double > row = defaults_;
    row[ variable ] = slot_of( static_cast< int64_t >( elements ) );
    std::vector< double > before = defaults_;
    std::vector< bool > given( variables_.size(), false );
    fit_vectors( before, row, given );
  }
}

void
NeuronType::set_defaults( const Dictionary& d, nest::Node* node )
{
  std::vector< double > row = defaults_;
  std::vector< bool > given( variables_.size(), false );
  read( d, row, given, &given_, node );
  std::vector< bool > fixed = united( given_, given );
  variables_.check( row.data(), given );
  const bool archived = std::any_of( archive_keys.begin(),
    archive_keys.end(),
    [ & ]( const std::string& key ) { return d.known( key ) and variables_.find( key ) == variables_.size(); } );
  if ( archived )
  {
    Archive trial( *archive_ );
    trial.set_status( d );
  }
  d.all_entries_accessed( "SetDefaults", "params" );
  if ( checking() )
  {
    return;
  }
  if ( archived )
  {
    archive_->set_status( d );
  }
  defaults_ = std::move( row );
  given_ = std::move( fixed );
}

/* Compute defaults anew after a change of the resolution, which models may read. */
void
NeuronType::follow_resolution()
{
  variables_.follow( defaults_.data(), given_ );
}

/* Add a column that a synapse model brings along; the neurons that exist get it too. */
void
NeuronType::add_moved( const Variable& variable )
{
  if ( variables_.find( variable.name ) < variables_.size() )
  {
    return;
  }
  variables_.add( variable );
  defaults_.push_back( variable.constant );
  given_.push_back( false );
  for ( auto& block : blocks_ )
  {
    if ( block )
    {
      block->store().add_column( variable.constant, false );
    }
  }
}

/* Hide a moved variable from users as long as connections keep it themselves, or show it again. */
void
NeuronType::hide_moved( const std::string& name, const bool hidden )
{
  const size_t index = variables_.find( name );
  if ( index < variables_.size() )
  {
    variables_.at( index ).hidden = hidden;
    variables_.at( index ).recordable = not hidden and variables_[ index ].kind == Kind::moved_state;
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

std::vector< std::string >
NeuronType::recordables( const double* const row ) const
{
  std::vector< std::string > names;
  for ( size_t i = 0; i < variables_.size(); ++i )
  {
    if ( variables_[ i ].recordable and not variables_.is_beyond( i, row ) )
    {
      names.push_back( variables_[ i ].name );
    }
  }
  const auto& observables = description_->observables;
  names.insert( names.end(), observables.begin(), observables.end() );
  std::sort( names.begin(), names.end() );
  return names;
}

} // namespace nestml_jit
