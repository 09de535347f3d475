#include "past/neuron_past.h"

#include <algorithm>

#include "nest/reached.h"
#include "nest/shell.h"
#include "nest/time_slices.h"
#include "neurons/neuron_type.h"
#include "past/late_traces.h"
#include "past/past.h"

namespace nestml_jit
{

NeuronPast::NeuronPast( const NeuronType& type, const Nodes& nodes, Store& store, PastReaders& readers, NjBlock& nj )
  : type_( type )
  , nodes_( nodes )
  , store_( store )
  , readers_( readers )
  , nj_( nj )
{
}

bool
NeuronPast::is_fitted() const
{
  return fitted_ and fitted_.get() == type_.binding();
}

void
NeuronPast::fit()
{
  const Binding& binding = *type_.binding();
  const bool is_wanted = std::any_of( binding.deliveries.begin(),
    binding.deliveries.end(),
    []( const auto& delivery ) { return delivery.second.uses_history; } );
  if ( not is_wanted )
  {
    nj_.history = nullptr;
    nj_.recent = nullptr;
    return;
  }
  const NjKernel& kernel = *binding.kernel;
  history_.arrange( kernel.hidden, { kernel.at_hand, kernel.at_hand + kernel.at_hands } );
  if ( history_.lanes() > 0 and ( fitted_->kernel != binding.kernel or fitted_->history != binding.history ) )
  {
    relayout( binding );
  }
  fitted_ = type_.shared_binding();
  const size_t kept = history_.lanes();
  history_.keep( binding.history.size(),
    store_.lanes(),
    reached_step(),
    [ & ]( const size_t lane, const size_t s ) { return store_.get( binding.history[ s ], lane ); } );
  history_.follow( follower( binding ) );
  for ( size_t lane = kept; lane < history_.lanes(); ++lane )
  {
    if ( is_read( lane ) )
    {
      inherit( lane );
    }
  }
  show();
}

/* Give entries of another kernel's layout the present one. */
void
NeuronPast::relayout( const Binding& binding )
{
  const std::vector< int > source = sources_of( binding );
  history_.relayout(
    source, [ & ]( const size_t lane, const size_t s ) { return store_.get( binding.history[ s ], lane ); } );
  LateTraces( type_, store_, nj_.h, interfered_, history_ ).fill_new( source );
}

/* Where the values of an entry of the present layout are in that of another kernel; -1 if they are not there. */
std::vector< int >
NeuronPast::sources_of( const Binding& binding ) const
{
  std::vector< int > source;
  const auto find = [ &source ]( const auto& columns, const size_t column, const size_t first )
  {
    const auto old = std::find( columns.begin(), columns.end(), column );
    source.push_back( old == columns.end() ? -1 : static_cast< int >( first + ( old - columns.begin() ) ) );
  };
  for ( const size_t column : binding.history )
  {
    find( fitted_->history, column, 0 );
  }
  for ( const size_t column : binding.before )
  {
    find( fitted_->before, column, fitted_->history.size() );
  }
  return source;
}

/* How entries follow from each other with a kernel. */
Follower
NeuronPast::follower( const Binding& binding ) const
{
  Follower found;
  found.h = nj_.h;
  found.follow = binding.kernel->follow;
  found.columns = binding.columns.size();
  std::vector< size_t > columns;
  for ( size_t k = 0; k < binding.columns.size(); ++k )
  {
    const BoundColumn& column = binding.columns[ k ];
    if ( not column.internal and type_.variables()[ column.index ].kind == Kind::moved_parameter )
    {
      found.parameters.push_back( k );
      columns.push_back( column.index );
    }
  }
  found.value = [ this, columns ]( const size_t lane, const size_t p ) { return store_.get( columns[ p ], lane ); };
  return found;
}

void
NeuronPast::begin( const size_t lane, const int64_t step )
{
  if ( is_read( lane ) )
  {
    return;
  }
  read_.resize( std::max( read_.size(), nodes_.size() ), false );
  read_[ lane ] = true;
  if ( lane >= history_.lanes() or inherit( lane ) )
  {
    return;
  }
  if ( history_.entries().is_spike( lane, history_.entries()[ lane ].size - 1 ) )
  {
    history_.restart( lane, step, first_values( lane ) );
  }
  else
  {
    history_.beginning( lane ).move_to( step );
  }
}

/* The moved states' initial values and a lane's moved parameters. */
std::vector< double >
NeuronPast::first_values( const size_t lane ) const
{
  std::vector< double > values;
  for ( const size_t column : fitted_->history )
  {
    const bool is_state = type_.variables()[ column ].kind == Kind::moved_state;
    values.push_back( is_state ? type_.defaults().values()[ column ] : store_.get( column, lane ) );
  }
  return values;
}

/* Let a lane go on from a past that began with one of NEST's plastic synapses; false if there is none. */
bool
NeuronPast::inherit( const size_t lane )
{
  const int64_t now = reached_step();
  const Past past = nodes_[ lane ].archived_past( now );
  if ( past.begin >= now or not is_fitted() )
  {
    return false;
  }
  const int64_t travelling = now - max_delay_steps(); // spikes since then may still be on their way to synapses
  const std::vector< double > values = first_values( lane );
  history_.restart( lane, std::max( past.begin, travelling - 1 ), values );
  history_.take_over( lane, past, travelling, values );
  LateTraces( type_, store_, nj_.h, interfered_, history_ ).fill_all( lane );
  show();
  return true;
}

void
NeuronPast::note_set( const size_t lane, const std::vector< double >& row )
{
  if ( not is_kept( lane ) )
  {
    return;
  }
  std::vector< double > values;
  for ( const size_t column : fitted_->history )
  {
    values.push_back( row[ column ] );
  }
  history_.append( lane, reached_step(), values );
  interfered_.resize( std::max( interfered_.size(), lane + 1 ), false );
  interfered_[ lane ] = true;
  show();
}

bool
NeuronPast::recall( const size_t t, const int64_t step )
{
  const Binding& binding = *fitted_;
  if ( not binding.kernel->recall )
  {
    return false;
  }
  for ( const size_t column : binding.history )
  {
    store_.column( column ).make_own( t );
  }
  // The block's tiles may still be fitted to another kernel: this one reads no internals here.
  recalled_.assign( binding.columns.size(), nullptr );
  for ( size_t k = 0; k < binding.columns.size(); ++k )
  {
    if ( not binding.columns[ k ].internal )
    {
      recalled_[ k ] = store_.column( binding.columns[ k ].index ).data( t );
    }
  }
  const size_t first = t * NJ_TILE;
  const auto lanes = static_cast< uint32_t >( std::min< size_t >( NJ_TILE, history_.lanes() - first ) );
  const NjTile view { recalled_.data(), static_cast< uint32_t >( first ), lanes };
  binding.kernel->recall( &nj_, &view, step );
  return true;
}

void
NeuronPast::grow( const size_t lane )
{
  const bool read = is_read( lane );
  history_.grow( lane, read ? readers_.oldest_needed( nj_.origin ) : nj_.origin - max_delay_steps(), read );
}

void
NeuronPast::forget_after( const std::vector< uint32_t >& lanes, const int64_t step )
{
  for ( size_t i = 0; nj_.history and i < lanes.size(); ++i )
  {
    history_.forget_after( lanes[ i ], step );
  }
}

/* Let kernels see histories, whose memory may have moved. */
void
NeuronPast::show()
{
  nj_.history = history_.data();
  nj_.recent = history_.recent();
}

} // namespace nestml_jit
