/* Gap junctions: a block goes through a slice on trial, and tells its neurons' partners what came of it. */
#include "neurons/block.h"

#include "kernel_manager.h"

#include "nest/coupling.h"
#include "nest/shell.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

namespace
{

/* Values of a block that a trial changes, in places of the same length. */
class Kept
{
public:
  void
  keep( double* const place, const size_t size )
  {
    places_.push_back( { place, size, values_.size() } );
    values_.insert( values_.end(), place, place + size );
  }

  void
  give_back() const
  {
    for ( const Place& place : places_ )
    {
      std::copy_n( values_.data() + place.first, place.size, place.memory );
    }
  }

private:
  struct Place
  {
    double* memory;
    size_t size;
    size_t first;
  };

  std::vector< Place > places_;
  std::vector< double > values_;
};

} // namespace

/* Let all neurons go through the rest of a slice, frozen ones included as with NEST's own, and tell their partners
 * the courses of their potentials. Nothing else comes of it. Whether the courses were the same the last time. */
bool
Block::relax( const nest::Time& origin, const long from, const long to )
{
  if ( not bound_->kernel->coupled )
  {
    return true;
  }
  if ( have_emitters_ and from == 0 )
  {
    take_emissions( origin.get_steps() );
  }
  begin_slice( origin );
  Kept before;
  for ( size_t t = 0; t < store_.tiles(); ++t )
  {
    for ( size_t c = 0; c < store_.columns(); ++c )
    {
      if ( type_.variables()[ c ].is_dynamic() and not store_.column( c ).is_shared( t ) )
      {
        before.keep( store_.column( c ).data( t ), NJ_TILE );
      }
    }
  }
  for ( long lag = from; lag < to; ++lag )
  {
    for ( size_t channel = 0; channel < heard_.size(); ++channel )
    {
      if ( not quiet_[ channel ] )
      {
        before.keep( nj_.ring + channel * nj_.channel_stride + slot_[ lag ] * nj_.lane_stride, nj_.lane_stride );
      }
    }
    if ( nj_.past )
    {
      const size_t rows = past_columns_.size() * past_stride_;
      before.keep( nj_.past + ( ( nj_.origin + lag ) & nj_.past_mask ) * rows, rows );
    }
  }
  try_slice( static_cast< uint32_t >( from ), static_cast< uint32_t >( to ) );
  before.give_back();
  raise_failure();

  const auto& simulation = nest::kernel().simulation_manager;
  const size_t order = simulation.get_wfr_interpolation_order();
  const bool settled = coupling_.is_settled( nodes_.size(), from, to, simulation.get_wfr_tol() );
  for ( size_t lane = 0; lane < nodes_.size(); ++lane )
  {
    coupling_.describe( lane, from, to, order, coefficients_ );
    send_course( thread_, node_ids_[ lane ], coefficients_ );
  }
  coupling_.clear();
  return settled;
}

/* Run the kernel over a slice without spikes, messages, or anything else that leaves the block. */
void
Block::try_slice( const uint32_t from, const uint32_t to )
{
  NjBlock trial = nj_;
  trial.history = nullptr;
  trial.signal = nullptr;
  trial.emit = []( void*, uint32_t, uint32_t ) {};
  trial.message = []( void*, uint32_t, int32_t, const char* ) {};
  trial.course = coupling_.course();
  for ( size_t t = 0; t < store_.tiles(); ++t )
  {
    const NjTile view = tile( t );
    bound_->kernel->update( &trial, &view, from, to );
  }
}

/* After a slice: partners take it that potentials stay what they are, until they are told better. */
void
Block::end_coupled_slice( const long from, const long to )
{
  const size_t terms = nest::kernel().simulation_manager.get_wfr_interpolation_order() + 1;
  for ( size_t lane = 0; lane < nodes_.size(); ++lane )
  {
    if ( nodes_[ lane ]->is_frozen() )
    {
      continue;
    }
    coefficients_.assign( slot_.size() * terms, 0.0 );
    for ( long lag = from; lag < to; ++lag )
    {
      coefficients_[ lag * terms ] = store_.get( type_.description().potential, lane );
    }
    send_course( thread_, node_ids_[ lane ], coefficients_ );
  }
  coupling_.clear();
  coupling_.begin_anew();
}

} // namespace nestml_jit
