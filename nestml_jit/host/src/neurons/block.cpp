#include "neurons/block.h"

#include "host_state.h"
#include "nest/errors.h"
#include "nest/reached.h"
#include "nest/time_slices.h"
#include "neurons/calibration.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

Block::Block( NeuronType& type, const size_t thread )
  : TextHolder( thread )
  , type_( type )
  , nodes_( thread )
  , receptors_( type, nodes_, store_ )
  , tiles_( type, store_ )
  , generated_( nj_ )
  , past_( type, nodes_, store_, readers_, nj_ )
  , factors_( type, *this, store_, past_.history(), readers_, nj_ )
  , services_( type, nodes_, spikes_, past_, failure_, nj_ )
  , slice_( type,
      nodes_,
      store_,
      tiles_,
      input_,
      generated_,
      delay_line_,
      readers_,
      past_,
      factors_,
      spikes_,
      failure_,
      nj_ )
{
  for ( size_t c = 0; c < type.variables().size(); ++c )
  {
    store_.add_column( 0.0, type.variables()[ c ].is_dynamic() );
  }
}

size_t
Block::add( Shell& node, const std::vector< double >& row )
{
  host_state().generation.raise();
  nodes_.add( node );
  return store_.add_lane( row.data() );
}

void
Block::read_row( const size_t lane, std::vector< double >& row )
{
  if ( past_.is_kept( lane ) and past_.recall( lane / NJ_TILE, reached_step() ) )
  {
    tiles_.repoint( lane / NJ_TILE );
  }
  row = store_.row( lane );
}

void
Block::write( const size_t column, const size_t lane, const double value )
{
  if ( host_state().journal.open and not is_same( store_.get( column, lane ), value ) )
  {
    host_state().journal.entries.push_back( { this, column, lane, store_.get( column, lane ) } );
  }
  if ( type_.variables()[ column ].kind == Kind::moved_parameter and not is_same( store_.get( column, lane ), value ) )
  {
    host_state().generation.raise(); // kernels get it as a constant if all neurons agree
  }
  store_.set( column, lane, value );
  receptors_.forget_layout( lane );
}

double
Block::observe( const size_t lane, const size_t element ) const
{
  if ( element >= first_alias )
  {
    return observe( lane, type_.variables().aliases()[ element - first_alias ].variable );
  }
  if ( element < first_observable )
  {
    return number_in( type_.variables()[ element ].type, store_.get( element, lane ) );
  }
  const NjTile view = tiles_.view( lane / NJ_TILE );
  const auto index = static_cast< uint32_t >( element - first_observable );
  return tiles_.kernel().observe( &nj_, &view, lane % NJ_TILE, index, slice_.recorded().step() );
}

void
Block::prepare()
{
  fit();
  nodes_.prepare();
}

void
Block::refit()
{
  const bool is_stale = not tiles_.are_fitted() or not input_.has_present_delays() or tiles_.are_stale();
  if ( is_stale and store_.lanes() > 0 )
  {
    fit();
  }
}

void
Block::adopt()
{
  if ( past_.history().lanes() > 0 or nodes_.have_archives() )
  {
    nj_.h = resolution_ms();
    past_.fit();
  }
}

/* Fit all parts to the kernel, the delays, the resolution and the number of lanes. */
void
Block::fit()
{
  if ( not type_.binding() )
  {
    throw_kernel_exception( "No compiled kernel is attached to the model '" + type_.name()
      + "'. Call Simulate, Prepare or Run of nestml_jit: they generate and attach it." );
  }
  nj_.h = resolution_ms();
  nj_.seed = type_.binding()->seed;
  nodes_.number();
  nj_.node_id = nodes_.ids().data();
  input_.fit( Channels( type_.description().ports, type_.binding()->port_sizes ), store_.tiles() * NJ_TILE );
  input_.show( nj_ );
  past_.fit();
  factors_.fit();
  tiles_.fit( nj_.h, Calibration( type_, nj_, nodes_, failure_ ) );
  delay_line_.fit( tiles_, nodes_, type_.name(), nj_.lane_stride );
  delay_line_.show( nj_ );
  slice_.fit();
}

/* NEST calls a block that has a lane that is not idle in each slice. */
bool
Block::rests() const
{
  return not nodes_.are_idle();
}

void
Block::each_text( const std::function< void( double ) >& visit ) const
{
  for ( size_t c = 0; c < store_.columns(); ++c )
  {
    for ( size_t lane = 0; type_.variables()[ c ].type == Type::text and lane < store_.lanes(); ++lane )
    {
      visit( store_.get( c, lane ) );
    }
  }
}

} // namespace nestml_jit
