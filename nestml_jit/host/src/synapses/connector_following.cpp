/* Third factors of NEST's own neurons: what they record becomes signals as kernels read them. */
#include "synapses/connector.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "kernel_manager.h"
#include "nest/reached.h"

#include "nest/synapse_model.h"

namespace nestml_jit
{

/* What a connector keeps of the recordables that it reads. */
class ColumnarConnector::Following : public Recordables::Reader
{
public:
  Following( ColumnarConnector& connector, const size_t thread )
    : connector_( connector )
    , source_( Recordables::of( thread ) )
    , heard_( nest::kernel().simulation_manager.get_slice_origin().get_steps() )
  {
    for ( const auto& [ port, name ] : connector.model_->recordables() )
    {
      if ( std::find( names_.begin(), names_.end(), name ) == names_.end() )
      {
        names_.push_back( name );
      }
    }
    source_.add( *this );
  }

  ~Following() override
  {
    source_.remove( *this );
  }

  Following( const Following& ) = delete;
  Following& operator=( const Following& ) = delete;

  void
  add( nest::Node& node )
  {
    for ( const std::string& name : names_ )
    {
      numbers_.push_back( source_.follow( node, name ) );
    }
  }

  void
  fetch()
  {
    source_.fetch();
  }

  /* Make room for the signals of a kernel and the neurons of the mirror. */
  void
  fit( const Binding& binding )
  {
    keep( binding, needed( binding, heard_ ) );
  }

  void
  expect( const int64_t last ) override
  {
    const Binding* const binding = connector_.model_->foreign_binding();
    if ( not binding )
    {
      return;
    }
    if ( epoch_ != binding_epoch() or connector_.mirror_->nj().lane_stride != connector_.mirror_->lanes() )
    {
      connector_.prepare_mirror( *binding );
    }
    if ( last - static_cast< int64_t >( signals_.steps() ) <= unused_ )
    {
      return;
    }
    const int64_t steps = needed( *binding, last );
    if ( steps + steps / 4 > static_cast< int64_t >( signals_.steps() ) )
    {
      keep( *binding, steps );
    }
    unused_ = last - steps;
  }

  void
  take( const int64_t first, const int64_t last ) override
  {
    const Binding* const binding = connector_.model_->foreign_binding();
    if ( not binding or not signals_.data() )
    {
      heard_ = last;
      return;
    }
    const size_t width = binding->signals.size();
    const size_t lanes = connector_.mirror_->nj().lane_stride;
    for ( size_t k = 0; k < names_.size(); ++k )
    {
      const auto place = std::find( binding->signals.begin(), binding->signals.end(), names_[ k ] );
      const auto signal = static_cast< size_t >( place - binding->signals.begin() );
      for ( int64_t step = first + 1; signal < width and step <= last; ++step )
      {
        const size_t row = static_cast< uint64_t >( step ) & ( signals_.steps() - 1 );
        double* const values = signals_.data() + ( row * width + signal ) * lanes;
        for ( size_t lane = 0; lane < lanes; ++lane )
        {
          values[ lane ] = source_.value( numbers_[ lane * names_.size() + k ], step - first - 1 );
        }
      }
    }
    heard_ = last;
    point_to( heard_ );
  }

private:
  /* How many steps somebody may ask for when those up to `last` are there: for the slices that a spike takes to be
   * delivered, or since connections were last up to date. */
  int64_t
  needed( const Binding& binding, const int64_t last ) const
  {
    const int64_t slice = nest::kernel().connection_manager.get_min_delay();
    return last - std::min( last - 2 * slice, oldest( binding ) );
  }

  void
  keep( const Binding& binding, const int64_t steps )
  {
    signals_.fit( binding.signals,
      std::bit_ceil( static_cast< uint64_t >( steps + steps / 4 ) ),
      connector_.mirror_->nj().lane_stride,
      heard_,
      [ & ]( const std::string& name, const size_t lane )
      {
        const auto found = std::find( names_.begin(), names_.end(), name );
        const auto k = static_cast< size_t >( found - names_.begin() );
        return k < names_.size() ? source_.last( numbers_[ lane * names_.size() + k ] ) : 0.0;
      } );
    point_to( heard_ );
    epoch_ = binding_epoch();
  }

  /* If a delivery reads signals of times between presynaptic spikes, the step that all connections have passed. */
  int64_t
  oldest( const Binding& binding ) const
  {
    const auto found = binding.deliveries.find( connector_.model_->get_name() );
    int64_t step = std::numeric_limits< int64_t >::max();
    if ( found == binding.deliveries.end() or not found->second.flush )
    {
      return step;
    }
    for ( const Segment& segment : connector_.segments_ )
    {
      step = std::min( step, segment.t_done );
    }
    return connector_.indexed_ < connector_.size() ? std::min( step, connector_.since_ ) : step;
  }

  /* Let the kernel see the signals up to a step. */
  void
  point_to( const int64_t last )
  {
    signals_.write( last );
    NjBlock& nj = connector_.mirror_->nj();
    nj.signal = signals_.data();
    nj.signal_steps = signals_.steps();
    nj.signal_first = signals_.first();
    nj.signal_kept = signals_.kept();
  }

  ColumnarConnector& connector_;
  Recordables& source_;
  std::vector< std::string > names_;
  std::vector< size_t > numbers_; /* [lane][name] among the recordables of the thread */
  Signals signals_;
  int64_t heard_;                  /* step up to which signals are there */
  int64_t unused_ = INT64_MIN / 2; /* nobody asks for steps up to this one */
  uint64_t epoch_ = 0;             /* of the kernel that they were made ready for */
};

/* Fit the mirror, and what it knows of third factors, to the number of neurons and the kernel. */
void
ColumnarConnector::prepare_mirror( const Binding& binding )
{
  mirror_->prepare( binding.seed );
  if ( following_ )
  {
    following_->fit( binding );
  }
}

/* Have a neuron of NEST's record what this synapse model reads of it. */
void
ColumnarConnector::follow( nest::Node& node, const size_t thread )
{
  if ( not model_->description().reads_target )
  {
    return;
  }
  if ( not following_ )
  {
    following_ = std::make_unique< Following >( *this, thread );
  }
  following_->add( node );
}

/* Know the third factors of NEST's own neurons up to the beginning of the slice. */
void
ColumnarConnector::fetch_signals()
{
  if ( following_ )
  {
    following_->fetch();
  }
}

} // namespace nestml_jit
