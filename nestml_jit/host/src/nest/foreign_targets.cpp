#include "nest/foreign_targets.h"

#include "host_state.h"
#include "nest/reached.h"
#include "nest/synapse_model.h"

namespace nestml_jit
{

ForeignTargets::ForeignTargets( const SynapseModel& model, const ConnectionData& data, const size_t thread )
  : model_( model )
  , data_( data )
  , thread_( thread )
{
}

uint32_t
ForeignTargets::lane_of( nest::Node& node )
{
  const auto [ found, is_new ] = lanes_.emplace( &node, static_cast< uint32_t >( nodes_.size() ) );
  if ( is_new )
  {
    nodes_.push_back( &node );
    if ( model_.description().plastic )
    {
      if ( not mirror_ )
      {
        mirror_ = std::make_unique< Mirror >( thread_, lanes_ );
      }
      follow( node );
      mirror_->add( node, reached_step(), model_.description().has_post );
    }
  }
  return found->second;
}

/* Have a neuron record what the synapse model reads of it. */
void
ForeignTargets::follow( nest::Node& node )
{
  if ( not model_.description().reads_target )
  {
    return;
  }
  if ( not signals_ )
  {
    signals_ = std::make_unique< FollowedSignals >( model_, data_.index, *mirror_, thread_ );
  }
  signals_->add( node );
}

void
ForeignTargets::prepare()
{
  const Binding& binding = *model_.foreign_binding();
  mirror_->prepare( binding.seed );
  if ( signals_ )
  {
    signals_->fit( binding );
  }
}

void
ForeignTargets::fit()
{
  if ( mirror_->nj().lane_stride != mirror_->lanes() )
  {
    prepare();
  }
}

void
ForeignTargets::fetch_signals()
{
  if ( signals_ )
  {
    signals_->fetch();
  }
}

void
ForeignTargets::read( const uint32_t lane, const int64_t until )
{
  mirror_->read( lane, until, [ this ] { return data_.oldest_needed(); } );
}

void
ForeignTargets::read( const Run& run, const int64_t until )
{
  for ( size_t lcid = run.first; model_.description().has_post and lcid < run.first + run.size; ++lcid )
  {
    read( data_.places.lane( lcid ), until );
  }
}

void
ForeignTargets::sweep_mirror( const int64_t origin )
{
  constexpr int64_t steps_per_entry = 64;
  if ( model_.description().has_post and origin - swept_ > steps_per_entry * host_state().history_limit )
  {
    swept_ = origin;
    mirror_->read_all( origin, data_.oldest_needed() );
  }
}

} // namespace nestml_jit
