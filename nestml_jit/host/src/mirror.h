/* Neurons of NEST's own as targets of plastic synapses: their past, and what is sent to them. */
#ifndef NESTML_JIT_MIRROR_H
#define NESTML_JIT_MIRROR_H

#include <algorithm>
#include <deque>
#include <vector>

#include "archiving_node.h"
#include "kernel_manager.h"
#include "nest_time.h"

#include "history.h"
#include "messages.h"
#include "nestml_jit_abi.h"
#include "texts.h"

namespace nestml_jit
{

/* Copies the spikes that NEST's neurons archive to histories as kernels read them, and catches what
 * kernels emit.
 *
 * A neuron is a lane. NEST forgets a spike that all registered synapses have read; the mirror is
 * registered as one synapse and reads each spike once. */
class Mirror
{
public:
  /* Channels of the ring that stands in for that of a block. */
  enum Channel : uint32_t
  {
    positive,
    negative,
    count_positive,
    count_negative,
    channels
  };

  Mirror()
  {
    nj_.host = this;
    nj_.message = &Mirror::message;
    nj_.intern = []( const char* const text ) { return Texts::get().number( text ); };
    nj_.text = []( const double number ) { return Texts::get().text( number ).c_str(); };
  }

  Mirror( const Mirror& ) = delete;
  Mirror& operator=( const Mirror& ) = delete;

  /* Add a neuron as the next lane; its spikes after `step` are kept if `archives`. */
  void
  add( nest::Node& node, const int64_t step, const bool archives )
  {
    nodes_.push_back( &node );
    node_ids_.push_back( node.get_node_id() );
    read_until_.push_back( archives ? step : never_ );
    if ( archives )
    {
      node.register_stdp_connection( in_ms( step ), 0.0 );
    }
  }

  /* Fit all arrays to the number of neurons. */
  void
  prepare( const uint64_t seed )
  {
    history_.keep( 0, nodes_.size(), 0, []( size_t, size_t ) { return 0.0; } );
    ring_.assign( channels * nodes_.size(), 0.0 );
    nj_.ring = ring_.data();
    nj_.lane_stride = nodes_.size();
    nj_.channel_stride = nodes_.size();
    nj_.history = history_.data();
    nj_.node_id = node_ids_.data();
    nj_.seed = seed;
    nj_.h = nest::Time::get_resolution().get_ms();
  }

  /* Copy a neuron's spikes up to a step. `needed` is the earliest step that somebody may ask for. */
  template < typename Needed >
  void
  read( const size_t lane, const int64_t until, Needed needed )
  {
    if ( read_until_[ lane ] >= until )
    {
      return;
    }
    std::deque< nest::histentry >::iterator spike, end;
    nodes_[ lane ]->get_history( in_ms( read_until_[ lane ] ), in_ms( until ), &spike, &end );
    for ( ; spike != end; ++spike )
    {
      if ( history_.is_full( lane ) )
      {
        history_.grow( lane, needed() );
      }
      history_.append_spike( lane, nest::Time( nest::Time::ms_stamp( spike->t_ ) ).get_steps() );
    }
    read_until_[ lane ] = until;
  }

  /* Take what was emitted to a lane through a channel; it is zero afterwards. */
  double
  take( const Channel channel, const size_t lane )
  {
    double& place = ring_[ channel * nodes_.size() + lane ];
    const double value = place;
    place = 0.0;
    return value;
  }

  NjBlock&
  nj()
  {
    return nj_;
  }

  size_t
  lanes() const
  {
    return nodes_.size();
  }

  const History&
  history() const
  {
    return history_;
  }

private:
  /* Print what a synapse model prints; the other services are for neurons. */
  static void
  message( void* const host, const uint32_t lane, const int32_t level, const char* const text )
  {
    const nest::Node& node = *static_cast< Mirror* >( host )->nodes_[ lane ];
    print( level, node.get_name() + " (node " + std::to_string( node.get_node_id() ) + ")", text );
  }

  static double
  in_ms( const int64_t step )
  {
    return nest::Time( nest::Time::step( step ) ).get_ms();
  }

  static constexpr int64_t never_ = INT64_MAX;
  std::vector< nest::Node* > nodes_;
  std::vector< uint64_t > node_ids_;
  std::vector< int64_t > read_until_; /* steps up to which spikes are copied */
  History history_;
  std::vector< double > ring_;
  NjBlock nj_ {};
};

} // namespace nestml_jit

#endif /* NESTML_JIT_MIRROR_H */
