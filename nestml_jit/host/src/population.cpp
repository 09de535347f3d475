#include "population.h"

#include <bit>
#include <limits>
#include <numeric>
#include <utility>

#include "kernel_manager.h"
#include "nest_names.h"

#include "device_rows.h"
#include "interrupt.h"
#include "messages.h"
#include "shell.h"
#include "texts.h"

namespace nestml_jit
{

std::map< std::string, NeuronType* >&
neuron_types()
{
  static std::map< std::string, NeuronType* > types;
  return types;
}

std::string&
pending_failure()
{
  static std::string text;
  return text;
}

namespace
{

/* Let the simulation end with an error.
 *
 * An exception in one of several threads would leave the others waiting at their next barrier for ever. NEST ends
 * all threads together if a slice takes too long, which is what this asks for; the text is given out afterwards. */
void
stop_simulation( std::string text )
{
  if ( nest::kernel().vp_manager.get_num_threads() == 1 )
  {
    throw nest::KernelException( text );
  }
#pragma omp critical( nestml_jit_failure )
  if ( pending_failure().empty() )
  {
    pending_failure() = std::move( text );
    Dictionary limit;
    limit[ nest::names::update_time_limit ] = std::numeric_limits< double >::min();
    nest::kernel().simulation_manager.set_status( limit );
  }
}

} // namespace

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

namespace
{

constexpr size_t cache_line = 64; // bytes

/* The most steps for which connections may leave signals unused. */
constexpr int64_t longest_window = 8192;

} // namespace

uint32_t&
history_limit()
{
  static uint32_t entries = 64;
  return entries;
}

// --- NeuronType ------------------------------------------------------------------------------------

NeuronType::NeuronType( std::shared_ptr< const NeuronDescription > description, std::string name, const size_t threads )
  : description_( std::move( description ) )
  , name_( std::move( name ) )
  , variables_( description_->variables )
  , defaults_( variables_.size() )
  , given_( variables_.size(), false )
  , blocks_( threads )
  , archive_( std::make_unique< Archive >() )
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
  if ( variables_.vectors().empty() )
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
          block->add_element( first, variables_[ i ].is_dynamic() );
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

/* Have columns for that many elements of a vector, since neurons of another process need them. */
void
NeuronType::make_room( const std::string& name, const size_t elements )
{
  for ( const Vector& vector : variables_.vectors() )
  {
    if ( vector.name == name and vector.size_variable != SIZE_MAX and vector.elements.size() < elements )
    {
      std::vector< double > row = defaults_;
      row[ vector.size_variable ] = static_cast< double >( elements );
      std::vector< double > before = defaults_;
      std::vector< bool > given( variables_.size(), false );
      fit_vectors( before, row, given );
      return; // what the loop goes over has changed
    }
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

// --- Block: lanes and values -------------------------------------------------------------------------

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

// --- Block: preparation ------------------------------------------------------------------------------

/* Fit buffers and tiles to the kernel, the delays and the number of lanes. Called before each
 * simulation for every node; the first call does the work. */
void
Block::prepare()
{
  if ( not type_.binding() )
  {
    throw nest::KernelException( "No compiled kernel is attached to the model '" + type_.name()
      + "'. Call Simulate, Prepare or Run of nestml_jit: they generate and attach it." );
  }
  last_origin_ = -1;
  last_from_ = -1;
  needed_at_ = -1;
  frozen_stale_ = true;

  nj_.h = nest::Time::get_resolution().get_ms();
  nj_.seed = type_.binding()->seed;
  fit_ring();
  fit_history();
  fit_signals();
  fit_tiles();
  fit_past();
  tables_stale_ = true;
}

/* Make room for what arrives. Inputs that are on their way stay if the delays do. */
void
Block::fit_ring()
{
  const auto& delays = nest::kernel().connection_manager;
  const size_t slots = delays.get_min_delay() + delays.get_max_delay();
  const size_t stride = store_.tiles() * NJ_TILE;
  slot_.resize( delays.get_min_delay() );
  heard_.resize( std::max< size_t >( 1, type_.description().channels ) );
  heard_until_.resize( heard_.size(), 0 );
  quiet_.assign( heard_.size(), false );
  for ( size_t channel = 0; channel < heard_.size(); ++channel )
  {
    heard_[ channel ] = has_heard( channel );
  }
  if ( slots != ring_slots_ or stride != nj_.lane_stride )
  {
    ring_ = make_ring( slots, stride );
    ring_slots_ = slots;
  }
  nj_.ring = ring_.data();
  nj_.lane_stride = stride;
  nj_.channel_stride = slots * stride;
  nj_.slot = slot_.data();
  nj_.quiet = quiet_.data();
  node_ids_.resize( nodes_.size() );
  for ( size_t lane = 0; lane < nodes_.size(); ++lane )
  {
    node_ids_[ lane ] = nodes_[ lane ]->get_node_id();
  }
  nj_.node_id = node_ids_.data();
}

/* A ring with what the present one holds, or empty if that has another number of slots. */
LargeVector< double >
Block::make_ring( const size_t slots, const size_t stride ) const
{
  LargeVector< double > ring = zeros< double >( heard_.size() * slots * stride );
  for ( size_t channel = 0; slots == ring_slots_ and channel < heard_.size(); ++channel )
  {
    for ( size_t slot = 0; has_heard( channel ) and slot < slots; ++slot )
    {
      const size_t row = channel * slots + slot;
      std::copy_n( ring_.data() + row * nj_.lane_stride, nj_.lane_stride, ring.data() + row * stride );
    }
  }
  return ring;
}

void
Block::fit_history()
{
  const Binding& binding = *type_.binding();
  const bool wanted = std::any_of( binding.deliveries.begin(),
    binding.deliveries.end(),
    []( const auto& delivery ) { return delivery.second.uses_history; } );
  if ( not wanted )
  {
    nj_.history = nullptr;
    nj_.recent = nullptr;
    return;
  }
  const auto initial = [ & ]( const size_t lane, const size_t s ) { return store_.get( binding.history[ s ], lane ); };
  if ( history_.is_kept() and bound_ != &binding )
  {
    std::vector< int > source;
    for ( const size_t column : binding.history )
    {
      const auto old = std::find( moved_.begin(), moved_.end(), column );
      source.push_back( old == moved_.end() ? -1 : static_cast< int >( old - moved_.begin() ) );
    }
    history_.relayout( source, initial );
  }
  moved_ = binding.history;
  history_.keep(
    binding.history.size(), store_.lanes(), nest::kernel().simulation_manager.get_time().get_steps(), initial );
  nj_.history = history_.data();
  nj_.recent = history_.recent();
}

/* Make room for the values that synapses read. A connection's use of them lags behind by up to two
 * windows, or, if only presynaptic spikes read them, by the slices that a spike takes to be delivered. */
void
Block::fit_signals()
{
  const Binding& binding = *type_.binding();
  if ( binding.signals.empty() )
  {
    nj_.signal = nullptr;
    return;
  }
  const bool between = std::any_of(
    binding.deliveries.begin(), binding.deliveries.end(), []( const auto& item ) { return item.second.flush; } );
  const int64_t slice = nest::kernel().connection_manager.get_min_delay();
  signal_window_ = between ? std::min< int64_t >( 4 * int64_t( history_limit() ), longest_window ) + slice : 0;
  const auto steps = std::bit_ceil( static_cast< uint64_t >( 2 * ( signal_window_ + slice ) ) );
  const int64_t now = nest::kernel().simulation_manager.get_time().get_steps();
  signals_.fit( binding.signals,
    steps,
    nj_.lane_stride,
    now,
    [ & ]( const std::string& name, const size_t lane )
    {
      const size_t column = type_.variables().find( name );
      return column < store_.columns() and lane < store_.lanes() ? store_.get( column, lane ) : 0.0;
    } );
  nj_.signal = signals_.data();
  nj_.signal_steps = signals_.steps();
}

/* Let connections use the signals of the past before they are overwritten. */
void
Block::use_signals()
{
  if ( signal_window_ > 0 and nj_.signal and nj_.origin - signals_used_ >= signal_window_ )
  {
    advance_readers( nj_.origin - signal_window_ );
    signals_used_ = nj_.origin;
  }
}

void
Block::fit_tiles()
{
  const Binding& binding = *type_.binding();
  const bool refit = bound_ != &binding or fitted_h_ != nj_.h;
  bound_ = &binding;
  fitted_h_ = nj_.h;
  width_ = binding.columns.size();
  pointers_.resize( width_ * store_.tiles() );
  if ( refit )
  {
    shared_internals_.clear();
    own_internals_.clear();
  }
  own_internals_.resize( binding.internals * store_.tiles(), nullptr );

  for ( size_t t = 0; t < store_.tiles(); ++t )
  {
    store_.make_own( t );
    if ( store_.is_dirty( t ) )
    {
      for ( size_t c = 0; c < store_.columns(); ++c )
      {
        if ( not type_.variables()[ c ].is_dynamic() )
        {
          store_.column( c ).try_share( t, store_.lanes_of_tile( t ) );
        }
      }
    }
    for ( size_t k = 0; k < width_; ++k )
    {
      if ( not binding.columns[ k ].internal )
      {
        pointers_[ t * width_ + k ] = store_.column( binding.columns[ k ].index ).data( t );
      }
    }
    fit_internals( t, refit );
    store_.clean( t );
  }
}

/* Point a tile to its internals. Tiles whose parameters are all shared, and equal, share them. */
void
Block::fit_internals( const size_t t, const bool refit )
{
  const Binding& binding = *bound_;
  if ( binding.internals == 0 )
  {
    return;
  }
  const bool shared = std::all_of( binding.parameters.begin(),
    binding.parameters.end(),
    [ & ]( const size_t c ) { return store_.column( c ).is_shared( t ); } );
  double** const own = own_internals_.data() + t * binding.internals;
  const auto point = [ & ]( double* const* internals )
  {
    for ( size_t k = 0; k < width_; ++k )
    {
      if ( binding.columns[ k ].internal )
      {
        pointers_[ t * width_ + k ] = internals[ binding.columns[ k ].index ];
      }
    }
  };
  const auto fresh = [ & ]
  {
    std::vector< double* > internals;
    for ( size_t i = 0; i < binding.internals; ++i )
    {
      internals.push_back( store_.memory().take() );
    }
    return internals;
  };

  if ( shared )
  {
    std::vector< const double* > key;
    for ( const size_t c : binding.parameters )
    {
      key.push_back( store_.column( c ).data( t ) );
    }
    std::vector< double* >& internals = shared_internals_[ key ];
    if ( internals.empty() )
    {
      internals = fresh();
      point( internals.data() );
      const NjTile view = tile( t );
      binding.kernel->calibrate( &view, 1, nj_.h );
      check_propagators( t, 1 );
      for ( double* const column : internals )
      {
        std::fill_n( column, NJ_TILE, column[ 0 ] );
      }
    }
    point( internals.data() );
    return;
  }
  const bool missing = own[ 0 ] == nullptr;
  if ( missing )
  {
    const std::vector< double* > internals = fresh();
    std::copy( internals.begin(), internals.end(), own );
  }
  point( own );
  if ( missing or refit or store_.is_dirty( t ) )
  {
    const NjTile view = tile( t );
    binding.kernel->calibrate( &view, NJ_TILE, nj_.h );
    check_propagators( t, store_.lanes_of_tile( t ) );
  }
}

/* The longest delay of any lane in steps; an error if one is no time. */
int64_t
Block::longest_delay() const
{
  int64_t longest = 0;
  for ( const BoundDelay& delay : bound_->delays )
  {
    for ( size_t lane = 0; lane < store_.lanes(); ++lane )
    {
      const double steps = pointers_[ lane / NJ_TILE * width_ + delay.column ][ lane % NJ_TILE ];
      if ( not( steps >= 0.0 and steps < 1e9 ) )
      {
        std::ostringstream text;
        text << "The delay with which the equations of the model '" << type_.name() << "' read '" << delay.variable
             << "' is " << steps * nj_.h << " ms in node " << node_ids_[ lane ] << ": it must be a time >= 0.";
        throw nest::BadProperty( text.str() );
      }
      longest = std::max( longest, static_cast< int64_t >( steps ) );
    }
  }
  return longest;
}

/* Make room for the longest delay; values that are kept already stay. */
void
Block::fit_past()
{
  const std::vector< size_t >& columns = bound_->past;
  if ( columns.empty() )
  {
    nj_.past = nullptr;
    return;
  }
  int64_t slots = std::max< int64_t >( 1, nj_.past_mask + 1 );
  while ( slots <= longest_delay() )
  {
    slots *= 2;
  }
  const size_t stride = nj_.lane_stride;
  if ( slots != nj_.past_mask + 1 or stride != past_stride_ or columns != past_columns_ or past_.empty() )
  {
    LargeVector< double > past( slots * columns.size() * stride, 0.0 );
    const int64_t now = nest::kernel().simulation_manager.get_time().get_steps();
    const int64_t kept = past_.empty() ? 0 : nj_.past_mask + 1;
    for ( int64_t step = now - kept; step < now; ++step )
    {
      for ( size_t row = 0; row < columns.size(); ++row )
      {
        const auto old = std::find( past_columns_.begin(), past_columns_.end(), columns[ row ] );
        if ( old != past_columns_.end() )
        {
          const size_t from = ( step & nj_.past_mask ) * past_columns_.size() + ( old - past_columns_.begin() );
          const size_t to = ( step & ( slots - 1 ) ) * columns.size() + row;
          std::copy_n(
            past_.data() + from * past_stride_, std::min( past_stride_, stride ), past.data() + to * stride );
        }
      }
    }
    past_ = std::move( past );
    past_columns_ = columns;
    past_stride_ = stride;
    nj_.past_mask = slots - 1;
  }
  nj_.past = past_.data();
}

// --- Block: simulation -------------------------------------------------------------------------------

/* Find the channels at which nothing arrives in this slice: rows that are known to be 0 need not come through
 * the caches. What was heard of in a slice arrives before the ring has turned once. */
void
Block::find_quiet()
{
  for ( size_t channel = 0; channel < heard_.size(); ++channel )
  {
    if ( heard_[ channel ] )
    {
      heard_[ channel ] = false;
      heard_until_[ channel ] = nj_.origin + static_cast< int64_t >( ring_slots_ + slot_.size() );
    }
    quiet_[ channel ] = nj_.origin >= heard_until_[ channel ];
  }
}

void
Block::update( const nest::Time& origin, const long from, const long to )
{
  end_if_interrupted( from, to );
  last_origin_ = origin.get_steps();
  last_from_ = from;
  nj_.origin = last_origin_;
  for ( size_t lag = 0; lag < slot_.size(); ++lag )
  {
    slot_[ lag ] = static_cast< uint32_t >( nest::kernel().event_delivery_manager.get_modulo( lag ) );
  }
  if ( frozen_stale_ )
  {
    find_frozen();
  }
  if ( std::exchange( tables_stale_, false ) )
  {
    empty_secondary_rows( thread_, node_ids_ );
  }
  use_signals();
  find_quiet();
  for ( size_t t = 0; t < store_.tiles(); ++t )
  {
    if ( t < frozen_.size() and not frozen_[ t ].empty() )
    {
      update_frozen( t, static_cast< uint32_t >( from ), static_cast< uint32_t >( to ) );
    }
    else
    {
      update_tile( t, static_cast< uint32_t >( from ), static_cast< uint32_t >( to ) );
    }
  }
  if ( not failure_.empty() )
  {
    stop_simulation( std::exchange( failure_, {} ) );
  }
  send_spikes();
}

void
Block::update_tile( const size_t t, const uint32_t from, const uint32_t to )
{
  const NjTile view = tile( t );
  if ( t >= watched_.size() or watched_[ t ].empty() )
  {
    bound_->kernel->update( &nj_, &view, from, to );
    return;
  }
  for ( uint32_t lag = from; lag < to; ++lag )
  {
    bound_->kernel->update( &nj_, &view, lag, lag + 1 );
    if ( bound_->kernel->recall and nj_.history )
    {
      recall( t, nj_.origin + lag + 1 );
    }
    recorded_step_ = nj_.origin + lag + 1;
    for ( const uint32_t lane : watched_[ t ] )
    {
      if ( not nodes_[ lane ]->is_frozen() )
      {
        nodes_[ lane ]->record( nj_.origin + lag );
      }
    }
  }
}

/* Find what has arrived at the frozen lanes of a tile. As with NEST's neurons it stays where it is in the ring. */
std::vector< std::pair< double*, double > >
Block::waiting_input( const size_t t, const uint32_t from, const uint32_t to )
{
  std::vector< std::pair< double*, double > > waiting;
  for ( uint32_t lag = from; lag < to; ++lag )
  {
    for ( uint32_t channel = 0; channel < heard_.size(); ++channel )
    {
      for ( const uint32_t lane : frozen_[ t ] )
      {
        double& value = ring_[ channel * nj_.channel_stride + slot_[ lag ] * nj_.lane_stride + lane ];
        if ( value != 0.0 )
        {
          waiting.emplace_back( &value, value );
          hear( channel );
        }
      }
    }
  }
  return waiting;
}

/* Update a tile some lanes of which must not change and not spike. */
void
Block::update_frozen( const size_t t, const uint32_t from, const uint32_t to )
{
  const auto& lanes = frozen_[ t ];
  const auto frozen = [ & ]( const uint32_t lane )
  { return std::find( lanes.begin(), lanes.end(), lane ) != lanes.end(); };
  std::vector< std::pair< double*, double > > kept = waiting_input( t, from, to );
  for ( size_t c = 0; c < store_.columns(); ++c )
  {
    if ( type_.variables()[ c ].is_dynamic() and not store_.column( c ).is_shared( t ) )
    {
      for ( const uint32_t lane : lanes )
      {
        double* const place = store_.column( c ).data( t ) + lane % NJ_TILE;
        kept.emplace_back( place, *place );
      }
    }
  }
  const size_t spikes = spikes_.size();
  update_tile( t, from, to );
  for ( const auto& [ place, value ] : kept )
  {
    *place = value;
  }
  spikes_.erase(
    std::remove_if(
      spikes_.begin() + spikes, spikes_.end(), [ & ]( const Spike& spike ) { return frozen( spike.lane ); } ),
    spikes_.end() );
}

void
Block::find_frozen()
{
  frozen_.clear();
  for ( size_t lane = 0; lane < nodes_.size(); ++lane )
  {
    if ( nodes_[ lane ]->is_frozen() )
    {
      frozen_.resize( store_.tiles() );
      frozen_[ lane / NJ_TILE ].push_back( static_cast< uint32_t >( lane ) );
    }
  }
  frozen_stale_ = false;
}

/* Put the slice's spikes in order of time, those of a step in order of lanes, as tiles have them already. */
void
Block::sort_spikes()
{
  std::vector< size_t > place( slot_.size() + 1, 0 );
  for ( const Spike& spike : spikes_ )
  {
    ++place[ spike.lag + 1 ];
  }
  std::partial_sum( place.begin(), place.end(), place.begin() );
  sorted_.resize( spikes_.size() );
  for ( const Spike& spike : spikes_ )
  {
    sorted_[ place[ spike.lag ]++ ] = spike;
  }
  spikes_.swap( sorted_ );
  const auto earlier = []( const Spike& a, const Spike& b )
  { return a.lag != b.lag ? a.lag < b.lag : a.lane < b.lane; };
  if ( not std::is_sorted( spikes_.begin(), spikes_.end(), earlier ) )
  {
    std::sort( spikes_.begin(), spikes_.end(), earlier ); // a model that emits in several places
  }
}

/* Ask the processor for what NEST looks at when a neuron spikes: waiting for it is most of a spike's cost. */
void
Block::fetch( const size_t lane ) const
{
  const auto* const node = reinterpret_cast< const char* >( nodes_[ lane ] );
  const size_t lid = ( node_ids_[ lane ] - 1 ) / nest::kernel().vp_manager.get_num_virtual_processes();
  __builtin_prefetch( node );
  __builtin_prefetch( node + cache_line );
  __builtin_prefetch( DeviceRows::row( thread_, lid ) );
  __builtin_prefetch( &nest::kernel().connection_manager.get_remote_targets_of_local_node( thread_, lid ) );
}

/* Hand the slice's spikes to NEST, several of a node in a step as one event.
 *
 * They go out in order of time, unlike those of NEST's models, which go out node by node: NEST delivers
 * in the order of sending, so that consecutive deliveries add to the same slot of the ring buffers,
 * which stays in the cache. */
void
Block::send_spikes()
{
  constexpr size_t ahead = 8;
  sort_spikes();
  for ( size_t i = 0; i < std::min( ahead, spikes_.size() ); ++i )
  {
    fetch( spikes_[ i ].lane );
  }
  for ( size_t i = 0; i < spikes_.size(); )
  {
    const Spike spike = spikes_[ i ];
    size_t multiplicity = 0;
    while ( i < spikes_.size() and spikes_[ i ].lane == spike.lane and spikes_[ i ].lag == spike.lag )
    {
      if ( i + ahead < spikes_.size() )
      {
        fetch( spikes_[ i + ahead ].lane );
      }
      ++multiplicity;
      ++i;
    }
    const nest::Time stamp = nest::Time::step( nj_.origin + spike.lag + 1 );
    if ( has_archives_ )
    {
      nodes_[ spike.lane ]->archive_spike( stamp );
    }
    nodes_[ spike.lane ]->spiked( spike.lag, multiplicity );
  }
  spikes_.clear();
}

/* Value of a recordable of a lane: a column, or an observable that the kernel computes. */
double
Block::observe( const size_t lane, const size_t element ) const
{
  if ( element < first_observable )
  {
    return store_.get( element, lane );
  }
  const NjTile view = tile( lane / NJ_TILE );
  return bound_->kernel->observe(
    &nj_, &view, lane % NJ_TILE, static_cast< uint32_t >( element - first_observable ), recorded_step_ );
}

/* Bring the moved states of a tile to their values at `step`. */
void
Block::recall( const size_t t, const int64_t step )
{
  for ( const size_t column : bound_->history )
  {
    store_.column( column ).make_own( t );
  }
  for ( size_t k = 0; k < width_; ++k )
  {
    if ( not bound_->columns[ k ].internal )
    {
      pointers_[ t * width_ + k ] = store_.column( bound_->columns[ k ].index ).data( t );
    }
  }
  const NjTile view = tile( t );
  bound_->kernel->recall( &nj_, &view, step );
}

namespace
{

int64_t
max_delay()
{
  return nest::kernel().connection_manager.get_max_delay();
}

} // namespace

int64_t
Block::oldest_needed()
{
  if ( needed_at_ != nj_.origin )
  {
    needed_at_ = nj_.origin;
    needed_ = nj_.origin - max_delay();
    for ( const auto& reader : readers_ )
    {
      if ( const auto alive = reader.lock() )
      {
        needed_ = std::min( needed_, alive->oldest_needed() );
      }
    }
  }
  return needed_;
}

void
Block::emit( void* const host, const uint32_t lane, const uint32_t lag )
{
  static_cast< Block* >( host )->spikes_.push_back( { lane, lag } );
}

void
Block::grow( void* const host, const uint32_t lane )
{
  auto& block = *static_cast< Block* >( host );
  block.shorten_pasts( lane );
  block.history_.grow( lane, block.oldest_needed() );
}

/* Let connections use the past if one of their targets has to keep too much of it for them. Spikes that
 * come before this slice are delivered already. */
void
Block::shorten_pasts( const size_t lane )
{
  if ( history_.kept( lane, oldest_needed() ) < history_limit() or needed_ >= nj_.origin - max_delay() )
  {
    return;
  }
  advance_readers( nj_.origin );
}

/* Bring connections up to date that are not so since a step. */
void
Block::advance_readers( const int64_t stale )
{
  for ( const auto& reader : readers_ )
  {
    if ( const auto alive = reader.lock() )
    {
      alive->advance( nj_.origin, stale );
    }
  }
  needed_at_ = -1;
}

void
Block::message( void* const host, const uint32_t lane, const int32_t level, const char* const text )
{
  const auto& block = *static_cast< Block* >( host );
  print( level, "Node " + std::to_string( block.node_ids_[ lane ] ) + " (" + block.type_.name() + ")", text );
}

void
Block::fail( void* const host, const uint32_t lane, const uint32_t lag, const char* const what )
{
  auto& block = *static_cast< Block* >( host );
  if ( block.failure_.empty() )
  {
    const double when = nest::Time( nest::Time::step( block.nj_.origin + lag + 1 ) ).get_ms();
    std::ostringstream text;
    text << "Node " << block.node_ids_[ lane ] << " (model '" << block.type_.name()
         << "') cannot be integrated in the step that ends at " << when << " ms: " << what
         << ". Choose another solver for the model, a smaller resolution, or look at the node's parameters.";
    block.failure_ = text.str();
  }
}

} // namespace nestml_jit
