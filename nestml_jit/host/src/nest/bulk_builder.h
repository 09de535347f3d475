/* NEST's builders of connections, with connections of our synapse models and static ones written in bulk. */
#ifndef NESTML_JIT_BULK_BUILDER_H
#define NESTML_JIT_BULK_BUILDER_H

#include <algorithm>
#include <cstddef>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "conn_builder.h"
#include "kernel_manager.h"

#include "nest/connection_stream.h"
#include "nest/node_ids.h"
#include "nest/private_member.h"
#include "nest/static_model.h"
#include "nest/static_stream.h"
#include "nest/threads.h"

namespace nestml_jit
{

class SynapseModel;

// what NEST's builders know of weights, delays and other parameters, for each synapse model

struct BuilderWeights
{
  using type = std::vector< nest::ConnParameter* > nest::BipartiteConnBuilder::*;
  friend type reveal( BuilderWeights );
};

struct BuilderDelays
{
  using type = std::vector< nest::ConnParameter* > nest::BipartiteConnBuilder::*;
  friend type reveal( BuilderDelays );
};

struct HasDefaultWeight
{
  using type = std::vector< bool > nest::BipartiteConnBuilder::*;
  friend type reveal( HasDefaultWeight );
};

struct HasDefaultDelay
{
  using type = std::vector< bool > nest::BipartiteConnBuilder::*;
  friend type reveal( HasDefaultDelay );
};

struct BuilderParameters
{
  using type = std::vector< std::map< std::string, nest::ConnParameter* > > nest::BipartiteConnBuilder::*;
  friend type reveal( BuilderParameters );
};

template struct Reveal< BuilderWeights, &nest::BipartiteConnBuilder::weights_ >;
template struct Reveal< BuilderDelays, &nest::BipartiteConnBuilder::delays_ >;
template struct Reveal< HasDefaultWeight, &nest::BipartiteConnBuilder::default_weight_ >;
template struct Reveal< HasDefaultDelay, &nest::BipartiteConnBuilder::default_delay_ >;
template struct Reveal< BuilderParameters, &nest::BipartiteConnBuilder::synapse_params_ >;

/* Weight and delay as a builder hands them to NEST. */
GivenParameters given_parameters( const nest::BipartiteConnBuilder& builder );

/* Say if connections differ in nothing but weight and delay, as far as Connect was told. */
bool have_other_parameters_one_value( const nest::BipartiteConnBuilder& builder );

/* Say if connections of a synapse model, which is ours, differ in nothing but weight and delay, and these have no
 * consequences for other variables. */
bool differ_in_weight_and_delay_only( const nest::BipartiteConnBuilder& builder, const SynapseModel& model );

/* The model if it is ours, else null. */
const SynapseModel* our_synapse_model( size_t syn_id );

/* A builder of NEST, which has read and checked everything when it is to connect. If all nodes are ours, and the synapse
 * model is, `connect_in_bulk` does the same as NEST's `connect_`; otherwise NEST does it. Static synapses may come from
 * NEST's neurons, too. */
template < typename Builder >
class BulkBuilder : public Builder
{
public:
  using Builder::Builder;

protected:
  /* Connect, with the random numbers that NEST draws, in its order. */
  virtual void connect_in_bulk() = 0;

  void
  connect_() override
  {
    if ( can_connect_in_bulk() )
    {
      connect_in_bulk();
    }
    else
    {
      Builder::connect_();
    }
  }

  /* Call `work( thread, rng, stream )` on all threads; NEST raises the errors when all have come to an end. */
  template < typename Work >
  void
  on_all_threads( const Work& work )
  {
    is_static_ ? stream_on_all_threads< StaticStream >( work ) : stream_on_all_threads< ConnectionStream >( work );
  }

  /* Do work of this thread, and keep the error that it raises. */
  template < typename Work >
  void
  keep_error( const Work& work )
  {
    try
    {
      work();
    }
    catch ( ... )
    {
      this->exceptions_raised_.at( this_thread() ) = std::current_exception();
    }
  }

  /* Call `visit( node, place )` for targets in NEST's order: all of them, with proxies for those of other threads, or those
   * of this thread only. */
  template < typename Visit >
  void
  for_each_target( const size_t thread, const Visit& visit ) const
  {
    if ( this->loop_over_targets_() )
    {
      for ( size_t place = 0; place < targets.size(); ++place )
      {
        visit( *nest::kernel().node_manager.get_node_or_proxy( targets[ place ], thread ), place );
      }
      return;
    }
    for ( const auto& entry : nest::kernel().node_manager.get_local_nodes( thread ) )
    {
      const long place = this->targets_->get_nc_index( entry.get_node_id() );
      if ( place >= 0 )
      {
        visit( *entry.get_node(), static_cast< size_t >( place ) );
      }
    }
  }

  /* Make a connection onto a neuron of this thread. */
  template < typename Stream >
  void
  connect_one( const size_t source, nest::Node& target, const size_t thread, nest::RngPtr rng, Stream& stream )
  {
    if ( stream.covers( target ) )
    {
      stream.add( source, target );
      return;
    }
    stream.flush();
    this->single_connect_( source, target, thread, rng );
    stream.follow( target );
  }

  bool
  is_forbidden_autapse( const size_t source, const size_t target ) const
  {
    return source == target and not this->allow_autapses_;
  }

  NodeIds sources; /* of the present call */
  NodeIds targets;

private:
  template < typename Stream, typename Work >
  void
  stream_on_all_threads( const Work& work )
  {
#pragma omp parallel
    {
      const size_t thread = this_thread();
      Stream stream( static_cast< nest::synindex >( this->synapse_model_id_[ 0 ] ), thread, given_parameters( *this ) );
      keep_error( [ & ]() { work( thread, nest::get_vp_specific_rng( thread ), stream ); } );
      keep_error( [ & ]() { stream.flush(); } ); // also what was added before an error
    }
  }

  bool
  can_connect_in_bulk()
  {
    if ( this->third_out_ or this->synapse_model_id_.size() != 1 )
    {
      return false;
    }
    is_static_ = is_static_model( this->synapse_model_id_[ 0 ] );
    const SynapseModel* const model = our_synapse_model( this->synapse_model_id_[ 0 ] );
    const bool is_able = is_static_ ? have_other_parameters_one_value( *this )
                                    : model and differ_in_weight_and_delay_only( *this, *model );
    if ( not is_able )
    {
      return false;
    }
    sources = NodeIds( *this->sources_ );
    targets = NodeIds( *this->targets_ );
    const bool can_send = sources.are_shells() or ( is_static_ and sources.have_proxies() );
    return can_send and sources.are_alike() and targets.are_shells();
  }

  bool is_static_ = false; /* connections are NEST's static synapses */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_BULK_BUILDER_H */
