#include "neurons/kernel_tiles.h"

#include <algorithm>
#include <utility>

#include "neurons/calibration.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

KernelTiles::KernelTiles( const NeuronType& type, Store& store )
  : type_( type )
  , store_( store )
  , internals_( store.memory() )
{
}

bool
KernelTiles::are_fitted() const
{
  return bound_ and bound_.get() == type_.binding();
}

bool
KernelTiles::are_stale() const
{
  for ( size_t t = 0; t < store_.tiles(); ++t )
  {
    if ( store_.is_dirty( t ) )
    {
      return true;
    }
  }
  return false;
}

void
KernelTiles::fit( const double h, const Calibration& calibration )
{
  const std::shared_ptr< const Binding > binding = type_.shared_binding();
  const bool afresh = std::exchange( bound_, nullptr ) != binding or h_ != h;
  h_ = h;
  width_ = binding->columns.size();
  pointers_.resize( width_ * store_.tiles() );
  internals_.fit( binding->internals, store_.tiles(), afresh );
  for ( size_t t = 0; t < store_.tiles(); ++t )
  {
    store_.make_own( t );
    if ( store_.is_dirty( t ) )
    {
      share_parameters( t );
    }
    point_to_store( *binding, t );
    fit_internals( *binding, t, afresh, calibration );
    store_.clean( t );
  }
  bound_ = binding;
}

/* Let a tile share values of columns that kernels do not write, where all of its lanes have the same one. */
void
KernelTiles::share_parameters( const size_t t )
{
  for ( size_t c = 0; c < store_.columns(); ++c )
  {
    if ( not type_.variables()[ c ].is_dynamic() )
    {
      store_.column( c ).try_share( t, store_.lanes_of_tile( t ) );
    }
  }
}

void
KernelTiles::point_to_store( const Binding& binding, const size_t t )
{
  for ( size_t k = 0; k < width_; ++k )
  {
    if ( not binding.columns[ k ].internal )
    {
      pointers_[ t * width_ + k ] = store_.column( binding.columns[ k ].index ).data( t );
    }
  }
}

void
KernelTiles::point_to_internals( const Binding& binding, const size_t t, double* const* const internals )
{
  for ( size_t k = 0; k < width_; ++k )
  {
    if ( binding.columns[ k ].internal )
    {
      pointers_[ t * width_ + k ] = internals[ binding.columns[ k ].index ];
    }
  }
}

/* Whether all lanes of a tile have the same internals. */
bool
KernelTiles::has_equal_lanes( const Binding& binding, const size_t t ) const
{
  return not type_.variables().internals_read_states()
    and std::all_of( binding.parameters.begin(),
      binding.parameters.end(),
      [ & ]( const size_t c ) { return store_.column( c ).is_shared( t ); } );
}

/* Point a tile to its internals. If its lanes are equal, those of one lane are computed, and copied to all. */
void
KernelTiles::fit_internals( const Binding& binding, const size_t t, const bool afresh, const Calibration& calibration )
{
  if ( binding.internals == 0 )
  {
    return;
  }
  if ( has_equal_lanes( binding, t ) )
  {
    std::vector< const double* > parameters;
    for ( const size_t c : binding.parameters )
    {
      parameters.push_back( store_.column( c ).data( t ) );
    }
    const TileInternals::Place place = internals_.shared( parameters );
    point_to_internals( binding, t, place.columns );
    if ( place.is_new )
    {
      calibration.run( view( t ), 1, 1 );
      std::for_each( place.columns,
        place.columns + binding.internals,
        []( double* const column ) { std::fill_n( column, NJ_TILE, column[ 0 ] ); } );
    }
    return;
  }
  const TileInternals::Place place = internals_.own( t );
  point_to_internals( binding, t, place.columns );
  if ( place.is_new or afresh or type_.variables().internals_read_states() or store_.is_dirty( t ) )
  {
    calibration.run( view( t ), NJ_TILE, store_.lanes_of_tile( t ) );
  }
}

void
KernelTiles::repoint( const size_t t )
{
  if ( bound_ and ( t + 1 ) * width_ <= pointers_.size() )
  {
    point_to_store( *bound_, t );
  }
}

void
KernelTiles::repoint()
{
  for ( size_t t = 0; t < store_.tiles(); ++t )
  {
    repoint( t );
  }
}

/* Whether a column is a state that a tile has its own values of. */
bool
KernelTiles::has_own_states( const size_t column, const size_t t ) const
{
  return type_.variables()[ column ].is_dynamic() and not store_.column( column ).is_shared( t );
}

void
KernelTiles::save_states( const size_t t, SavedValues& saved ) const
{
  for ( size_t c = 0; c < store_.columns(); ++c )
  {
    if ( has_own_states( c, t ) )
    {
      saved.save( store_.column( c ).data( t ), NJ_TILE );
    }
  }
}

void
KernelTiles::save_states( const size_t t, const std::vector< uint32_t >& lanes, SavedValues& saved ) const
{
  for ( size_t c = 0; c < store_.columns(); ++c )
  {
    for ( size_t i = 0; has_own_states( c, t ) and i < lanes.size(); ++i )
    {
      saved.save( store_.column( c ).data( t ) + lanes[ i ] % NJ_TILE, 1 );
    }
  }
}

} // namespace nestml_jit
