/* Before a simulation: a block is fitted to its kernel, the delays and the resolution. */
#include "neurons/block.h"

#include <numeric>

#include "kernel_manager.h"

#include "nest/reached.h"
#include "neurons/neuron_type.h"
#include "values/texts.h"

namespace nestml_jit
{

/* Prepare all lanes for a simulation, as NEST does with its nodes. */
void
Block::prepare()
{
  fit();
  prepared_ = store_.lanes();
}

/* Fit buffers and tiles to the kernel, the delays and the number of lanes. */
void
Block::fit()
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
  fit_coupling();
  tables_stale_ = true;
}

/* Follow what was created, set or attached since NEST prepared the simulation that goes on now. */
void
Block::refit()
{
  const auto& delays = nest::kernel().connection_manager;
  const size_t slots = delays.get_min_delay() + delays.get_max_delay();
  bool is_stale = not is_fitted() or slots != ring_slots_;
  for ( size_t t = 0; t < store_.tiles(); ++t )
  {
    is_stale = is_stale or store_.is_dirty( t );
  }
  if ( is_stale and store_.lanes() > 0 )
  {
    fit();
  }
}

/* Make room for what arrives. Inputs that are on their way stay if the delays do. */
void
Block::fit_ring()
{
  const auto& delays = nest::kernel().connection_manager;
  const size_t slots = delays.get_min_delay() + delays.get_max_delay();
  const size_t stride = store_.tiles() * NJ_TILE;
  slot_.resize( delays.get_min_delay() );
  const Channels channels( type_.description().ports, type_.binding()->port_sizes );
  if ( slots != ring_slots_ or stride != nj_.lane_stride or channels.sizes() != channels_.sizes() )
  {
    ring_ = make_ring( channels, slots, stride );
    ring_slots_ = slots;
  }
  fit_channels( channels );
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
Block::make_ring( const Channels& channels, const size_t slots, const size_t stride ) const
{
  LargeVector< double > ring = zeros< double >( std::max< size_t >( 1, channels.size() ) * slots * stride );
  const std::vector< uint32_t > rows = channels_.rows_in( channels );
  for ( size_t channel = 0; slots == ring_slots_ and channel < rows.size(); ++channel )
  {
    for ( size_t slot = 0; has_heard( channel ) and slot < slots; ++slot )
    {
      const double* const from = ring_.data() + ( channel * slots + slot ) * nj_.lane_stride;
      std::copy_n( from, nj_.lane_stride, ring.data() + ( rows[ channel ] * slots + slot ) * stride );
    }
  }
  return ring;
}

/* Have flags for these channels; those that were ever heard count as heard. */
void
Block::fit_channels( const Channels& channels )
{
  const std::vector< uint32_t > rows = channels_.rows_in( channels );
  std::vector< unsigned char > heard( std::max< size_t >( 1, channels.size() ), false );
  std::vector< int64_t > until( heard.size(), 0 );
  for ( size_t channel = 0; channel < rows.size(); ++channel )
  {
    heard[ rows[ channel ] ] = has_heard( channel );
    until[ rows[ channel ] ] = heard_until_[ channel ];
  }
  heard_ = std::move( heard );
  heard_until_ = std::move( until );
  quiet_.assign( heard_.size(), false );
  channels_ = channels;
}

/* Make room for what gap junctions tell, if there are any. */
void
Block::fit_coupling()
{
  if ( bound_->kernel->coupled )
  {
    coupling_.fit( slot_.size(), nj_.lane_stride, nj_.h );
    nj_.gap = coupling_.current();
  }
}

void
Block::fit_tiles()
{
  const Binding& binding = *type_.binding();
  const bool refit = bound_.get() != &binding or fitted_h_ != nj_.h;
  bound_ = type_.shared_binding();
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
  const bool live = type_.variables().internals_read_states();
  const bool shared = not live
    and std::all_of( binding.parameters.begin(),
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
      binding.kernel->calibrate( &nj_, &view, 1, nj_.h );
      check_lookups();
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
  if ( missing or refit or live or store_.is_dirty( t ) )
  {
    const NjTile view = tile( t );
    binding.kernel->calibrate( &nj_, &view, NJ_TILE, nj_.h );
    check_lookups();
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
    const int64_t now = reached_step();
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

} // namespace nestml_jit
