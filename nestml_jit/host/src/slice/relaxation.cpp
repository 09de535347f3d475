#include "slice/relaxation.h"

#include "nest/shell.h"

namespace nestml_jit
{

Relaxation::Relaxation( const Nodes& nodes,
  const KernelTiles& tiles,
  InputRing& input,
  DelayLine& delay_line,
  NjBlock& nj )
  : nodes_( nodes )
  , tiles_( tiles )
  , input_( input )
  , delay_line_( delay_line )
  , nj_( nj )
{
}

void
Relaxation::fit()
{
  if ( is_needed() )
  {
    coupling_.fit( input_.lags(), nj_.lane_stride, nj_.h );
    nj_.gap = coupling_.current();
  }
}

void
Relaxation::try_slice( const long from, const long to )
{
  SavedValues saved;
  for ( size_t t = 0; t < tiles_.size(); ++t )
  {
    tiles_.save_states( t, saved );
  }
  input_.save( from, to, saved );
  for ( long lag = from; lag < to; ++lag )
  {
    delay_line_.save( nj_.origin + lag, saved );
  }
  run_kernel( from, to );
  saved.give_back();
}

/* Run the kernel without spikes, messages, or anything else that leaves the block. */
void
Relaxation::run_kernel( const long from, const long to )
{
  NjBlock trial = nj_;
  trial.history = nullptr;
  trial.signal = nullptr;
  trial.emit = []( void*, uint32_t, uint32_t ) {};
  trial.message = []( void*, uint32_t, int32_t, const char* ) {};
  trial.trajectory = coupling_.trajectory();
  for ( size_t t = 0; t < tiles_.size(); ++t )
  {
    tiles_.advance( trial, t, static_cast< uint32_t >( from ), static_cast< uint32_t >( to ) );
  }
}

bool
Relaxation::send_trajectories( const long from, const long to )
{
  const bool settled = coupling_.is_settled( nodes_.size(), from, to, relaxation_tolerance() );
  for ( size_t lane = 0; lane < nodes_.size(); ++lane )
  {
    coupling_.describe( lane, from, to, interpolation_order(), coefficients_ );
    send_trajectory( nodes_.thread(), nodes_.ids()[ lane ], coefficients_ );
  }
  coupling_.clear();
  return settled;
}

void
Relaxation::end_slice( const long from, const long to, const Store& store, const size_t potential )
{
  const size_t terms = interpolation_order() + 1;
  for ( size_t lane = 0; lane < nodes_.size(); ++lane )
  {
    if ( nodes_[ lane ].is_frozen() )
    {
      continue;
    }
    coefficients_.assign( input_.lags() * terms, 0.0 );
    for ( long lag = from; lag < to; ++lag )
    {
      coefficients_[ lag * terms ] = store.get( potential, lane );
    }
    send_trajectory( nodes_.thread(), nodes_.ids()[ lane ], coefficients_ );
  }
  coupling_.clear();
  coupling_.begin_anew();
}

} // namespace nestml_jit
