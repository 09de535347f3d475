/* Neurons of NEST's own as targets of plastic synapses: their past, and what is sent to them. */
#ifndef NESTML_JIT_MIRROR_H
#define NESTML_JIT_MIRROR_H

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "archiving_node.h"
#include "nest_time.h"

#include "host_state.h"
#include "nest/failures.h"
#include "nest/messages.h"
#include "nest/time_slices.h"
#include "nestml_jit_abi.h"
#include "past/history.h"
#include "past/past.h"
#include "slice/first_failure.h"
#include "values/texts.h"

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

  using Lanes = std::unordered_map< const nest::Node*, uint32_t >;

  /* As long as it lives, what goes wrong is kept for who looks at a connection, and ends no simulation. */
  class Watch
  {
  public:
    explicit Watch( Mirror* const mirror )
      : mirror_( mirror )
      , was_watched_( mirror and mirror->is_watched_ )
    {
      set( true );
    }

    Watch( const Watch& ) = delete;
    Watch& operator=( const Watch& ) = delete;

    ~Watch()
    {
      set( was_watched_ );
    }

  private:
    void
    set( const bool is_watched )
    {
      if ( mirror_ )
      {
        mirror_->is_watched_ = is_watched;
      }
    }

    Mirror* mirror_;
    bool was_watched_;
  };

  /* A mirror on a thread; `lanes` are the numbers of its neurons, as they are added. */
  Mirror( const size_t thread, const Lanes& lanes )
    : thread_( thread )
    , lanes_( lanes )
  {
#pragma omp critical( nestml_jit_mirrors )
    host_state().mirrors.push_back( this );
    nj_.host = this;
    nj_.message = &Mirror::message;
    nj_.fail = &Mirror::fail;
    nj_.out_of_range = &Mirror::out_of_range;
    nj_.intern = []( const char* const text ) { return host_state().texts.number( text ); };
    nj_.text = []( const double number ) { return host_state().texts.text( number ).c_str(); };
  }

  Mirror( const Mirror& ) = delete;
  Mirror& operator=( const Mirror& ) = delete;

  ~Mirror()
  {
#pragma omp critical( nestml_jit_mirrors )
    {
      auto& all = host_state().mirrors;
      all.erase( std::remove( all.begin(), all.end(), this ), all.end() );
    }
  }

  /* What went wrong, to be told once; "" if nothing did. */
  std::string
  take_failure()
  {
    return failure_.take();
  }

  /* Add a neuron as the next lane; its spikes after `step` are kept if `archives`. */
  void
  add( nest::Node& node, const int64_t step, const bool archives )
  {
    nodes_.push_back( &node );
    node_ids_.push_back( node.get_node_id() );
    read_until_.push_back( archives ? step : never_ );
    if ( archives )
    {
      Past past = past_of( node, step );
      if ( past.begin < step )
      {
        inherited_[ nodes_.size() - 1 ] = std::move( past );
      }
      node.register_stdp_connection( ms_of_step( step ), 0.0 );
    }
  }

  /* Keep histories of all neurons. */
  void
  make_room()
  {
    const size_t kept = history_.lanes();
    history_.keep( 0, nodes_.size(), 0, []( size_t, size_t ) { return 0.0; } );
    for ( size_t lane = kept; lane < nodes_.size(); ++lane )
    {
      history_.beginning( lane ).move_to( read_until_[ lane ] );
    }
    for ( const auto& [ lane, past ] : inherited_ )
    {
      history_.take_over( lane, past, read_until_[ lane ] - max_delay_steps(), {} );
    }
    inherited_.clear();
    history_.follow( {} );
    nj_.history = history_.data();
  }

  /* Fit all arrays to the number of neurons. */
  void
  prepare( const uint64_t seed )
  {
    make_room();
    ring_.assign( channels * nodes_.size(), 0.0 );
    nj_.ring = ring_.data();
    nj_.lane_stride = nodes_.size();
    nj_.channel_stride = nodes_.size();
    nj_.node_id = node_ids_.data();
    nj_.seed = seed;
    nj_.h = resolution_ms();
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
    nodes_[ lane ]->get_history( ms_of_step( read_until_[ lane ] ), ms_of_step( until ), &spike, &end );
    for ( ; spike != end; ++spike )
    {
      if ( history_.entries().is_full( lane ) )
      {
        history_.grow( lane, needed() );
      }
      history_.append_spike( lane, nest::Time( nest::Time::ms_stamp( spike->t_ ) ).get_steps() );
    }
    read_until_[ lane ] = until;
  }

  /* The same for all neurons. */
  void
  read_all( const int64_t until, const int64_t needed )
  {
    for ( size_t lane = 0; lane < history_.lanes(); ++lane )
    {
      read( lane, until, [ needed ] { return needed; } );
    }
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

  /* A trace that each of a neuron's spikes increases by 1 and that decays by a factor per step, right after what
   * happened at a step, if the neuron itself keeps one; else NaN. */
  double
  archived_trace( const size_t lane, const int64_t step, const double factor ) const
  {
    const double h = resolution_ms();
    double early[ 3 ], late[ 3 ]; // with tau_minus, of the last spike only, with tau_minus_triplet
    nest::Node& node = *nodes_[ lane ];
    node.get_K_values( ms_of_step( step ) + 0.5 * h, early[ 0 ], early[ 1 ], early[ 2 ] );
    node.get_K_values( ms_of_step( step ) + 0.75 * h, late[ 0 ], late[ 1 ], late[ 2 ] );
    for ( const int which : { 0, 2 } )
    {
      const double ratio = std::pow( factor, 0.25 );
      if ( late[ which ] > 0.0 and std::abs( late[ which ] / early[ which ] - ratio ) < 1e-13 )
      {
        return early[ which ] / std::sqrt( factor );
      }
    }
    return std::numeric_limits< double >::quiet_NaN();
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
  /* What is known of a neuron's past up to a step: by the mirror that has watched it for longest, or by the neuron. */
  Past
  past_of( nest::Node& node, const int64_t step )
  {
    Past longest { step, {} };
    std::vector< Mirror* > others;
#pragma omp critical( nestml_jit_mirrors )
    std::copy_if( host_state().mirrors.begin(),
      host_state().mirrors.end(),
      std::back_inserter( others ),
      [ this ]( const Mirror* const mirror ) { return mirror != this and mirror->thread_ == thread_; } );
    for ( Mirror* const other : others )
    {
      const auto lane = other->lanes_.find( &node );
      if ( lane != other->lanes_.end() )
      {
        Past past = other->known( lane->second, step );
        longest = past.begin < longest.begin ? std::move( past ) : longest;
      }
    }
    return longest.begin < step ? longest : archived( node, step );
  }

  /* What this mirror knows of a lane up to a step; it began at that step if nothing is. */
  Past
  known( const size_t lane, const int64_t step )
  {
    if ( lane >= read_until_.size() or read_until_[ lane ] == never_ )
    {
      return { step, {} };
    }
    make_room();
    read( lane, step, [] { return INT64_MIN; } );
    return { history_.beginning( lane ).step(), spikes_until( history_, lane, step ) };
  }

  /* What a neuron still has in its archive. Looking at it must not count as the reading of a synapse. */
  static Past
  archived( nest::Node& node, const int64_t step )
  {
    Past past { step, {} };
    std::deque< nest::histentry >::iterator spike, end;
    node.get_history( ms_of_step( -1 ), ms_of_step( step ), &spike, &end );
    for ( ; spike != end; ++spike )
    {
      --spike->access_counter_;
      past.spikes.push_back( nest::Time( nest::Time::ms_stamp( spike->t_ ) ).get_steps() );
      past.begin = std::min( past.begin, past.spikes.back() - 1 );
    }
    return past;
  }

  /* Print what a synapse model prints; the other services are for neurons. */
  static void
  message( void* const host, const uint32_t lane, const int32_t level, const char* const text )
  {
    const nest::Node& node = *static_cast< Mirror* >( host )->nodes_[ lane ];
    print( level, node.get_name() + " (node " + std::to_string( node.get_node_id() ) + ")", text );
  }

  /* End the simulation, or what somebody looks at, with an error. */
  void
  end( std::string text )
  {
    if ( not is_watched_ )
    {
      end_with( std::move( text ) );
    }
    else
    {
      failure_.note( std::move( text ) );
    }
  }

  static void
  fail( void* const host, const uint32_t lane, uint32_t, const char* const what )
  {
    const nest::Node& node = *static_cast< Mirror* >( host )->nodes_[ lane ];
    static_cast< Mirror* >( host )->end( "A connection to node " + std::to_string( node.get_node_id() ) + " ("
      + node.get_name() + ") cannot be integrated: " + what
      + ". Look at the connection's parameters, or choose a smaller resolution." );
  }

  static void
  out_of_range( void* const host,
    const uint32_t lane,
    const int64_t step,
    const char* const vector,
    const int64_t index,
    const int64_t size,
    const char* const synapse,
    const uint64_t source )
  {
    const nest::Node& node = *static_cast< Mirror* >( host )->nodes_[ lane ];
    const WrongIndex wrong { step, vector, index, size, synapse, source };
    static_cast< Mirror* >( host )->end( wrong.text( node.get_name(), node.get_node_id() ) );
  }

  static constexpr int64_t never_ = INT64_MAX;
  size_t thread_;
  const Lanes& lanes_;
  std::map< size_t, Past > inherited_; /* by lane, until there is a history: what others have seen of it */
  std::vector< nest::Node* > nodes_;
  FirstFailure failure_; /* as long as it is watched */
  bool is_watched_ = false;
  std::vector< uint64_t > node_ids_;
  std::vector< int64_t > read_until_; /* steps up to which spikes are copied */
  History history_;
  std::vector< double > ring_;
  NjBlock nj_ {};
};

} // namespace nestml_jit

#endif /* NESTML_JIT_MIRROR_H */
