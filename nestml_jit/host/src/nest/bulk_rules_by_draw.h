/* Rules that draw the targets of connections. */
#ifndef NESTML_JIT_BULK_RULES_BY_DRAW_H
#define NESTML_JIT_BULK_RULES_BY_DRAW_H

#include <cmath>
#include <cstddef>
#include <deque>
#include <exception>
#include <vector>

#include "nest/bulk_builder.h"
#include "nest/drawn_partners.h"
#include "nest/threads.h"

namespace nestml_jit
{

struct OutDegree
{
  using type = nest::ParameterPTR nest::FixedOutDegreeBuilder::*;
  friend type reveal( OutDegree );
};

struct TotalNumber
{
  using type = long nest::FixedTotalNumberBuilder::*;
  friend type reveal( TotalNumber );
};

template struct Reveal< OutDegree, &nest::FixedOutDegreeBuilder::outdegree_ >;
template struct Reveal< TotalNumber, &nest::FixedTotalNumberBuilder::N_ >;

/* Nodes of one thread by their place among targets, looked up when they are wanted first. */
class TargetNodes
{
public:
  TargetNodes( const NodeIds& targets, const size_t thread )
    : targets_( targets )
    , thread_( thread )
    , nodes_( targets.size(), nullptr )
  {
  }

  nest::Node&
  operator[]( const size_t place )
  {
    nest::Node*& node = nodes_[ place ];
    node = node ? node : nest::kernel().node_manager.get_node_or_proxy( targets_[ place ], thread_ );
    return *node;
  }

private:
  const NodeIds& targets_;
  size_t thread_;
  std::vector< nest::Node* > nodes_;
};

/* All targets of a source are drawn from one generator, which all threads share; then each thread makes the connections
 * onto its own. Here it does so for many sources at a time. */
class BulkFixedOutDegree : public BulkBuilder< nest::FixedOutDegreeBuilder >
{
public:
  using BulkBuilder::BulkBuilder;

protected:
  void
  connect_in_bulk() override
  {
    std::deque< TargetNodes > nodes;
    for ( size_t thread = 0; thread < number_of_threads(); ++thread )
    {
      nodes.emplace_back( targets, thread );
    }
    Drawn drawn( allow_multapses_ ? 0 : targets.size() );
    std::exception_ptr error;
    for ( size_t s = 0; s < sources.size() and not error; )
    {
      first_ = s;
      ends_.clear();
      places_.clear();
      try
      {
        for ( ; s < sources.size() and places_.size() < batch_; ++s )
        {
          draw_targets( sources[ s ], drawn );
        }
      }
      catch ( ... )
      {
        error = std::current_exception(); // NEST has connected all sources before this one
      }
      connect_batch( nodes );
    }
    if ( error )
    {
      std::rethrow_exception( error );
    }
  }

private:
  static constexpr size_t batch_ = 1 << 16;

  void
  draw_targets( const size_t source, Drawn& drawn )
  {
    nest::RngPtr rng = nest::get_rank_synced_rng();
    nest::Node* const node = nest::kernel().node_manager.get_node_or_proxy( source );
    const long outputs = std::round( ( this->*reveal( OutDegree() ) )->value( rng, node ) );
    drawn.clear();
    const auto is_forbidden = [ & ]( const size_t target ) { return is_forbidden_autapse( source, target ); };
    for ( long k = 0; k < outputs; ++k )
    {
      places_.push_back( draw_partner( rng, targets, allow_multapses_ ? nullptr : &drawn, is_forbidden ) );
    }
    ends_.push_back( places_.size() );
  }

  void
  connect_batch( std::deque< TargetNodes >& nodes )
  {
    on_all_threads(
      [ & ]( const size_t thread, nest::RngPtr rng, auto& stream )
      {
        for ( size_t k = 0; k < ends_.size(); ++k )
        {
          // an error ends the connections of one source only
          keep_error( [ & ]() { connect_source( k, nodes[ thread ], thread, rng, stream ); } );
        }
      } );
  }

  template < typename Stream >
  void
  connect_source( const size_t k, TargetNodes& nodes, const size_t thread, nest::RngPtr rng, Stream& stream )
  {
    for ( size_t i = k == 0 ? 0 : ends_[ k - 1 ]; i < ends_[ k ]; ++i )
    {
      nest::Node& target = nodes[ places_[ i ] ];
      if ( target.is_proxy() )
      {
        skip_conn_parameter_( thread );
        continue;
      }
      connect_one( sources[ first_ + k ], target, thread, rng, stream );
    }
  }

  size_t first_ = 0;             /* source of the batch */
  std::vector< size_t > ends_;   /* [source of the batch] where its targets end in ... */
  std::vector< size_t > places_; /* ... the targets that were drawn */
};

/* Numbers of connections per virtual process are drawn first: they follow a multinomial distribution. */
class BulkFixedTotalNumber : public BulkBuilder< nest::FixedTotalNumberBuilder >
{
public:
  using BulkBuilder::BulkBuilder;

protected:
  void
  connect_in_bulk() override
  {
    const auto& processes = nest::kernel().vp_manager;
    std::vector< std::vector< size_t > > places( processes.get_num_virtual_processes() );
    for ( size_t t = 0; t < targets.size(); ++t )
    {
      places[ processes.node_id_to_vp( targets[ t ] ) ].push_back( t );
    }
    const std::vector< long > shares = draw_shares( places );
    on_all_threads(
      [ & ]( const size_t thread, nest::RngPtr rng, auto& stream )
      {
        const size_t process = processes.thread_to_vp( thread );
        connect_share( places[ process ], shares[ process ], thread, rng, stream );
      } );
  }

private:
  /* Draw how many of the connections go to targets of each virtual process. Each takes a binomial share of those that are
   * left, with its part of the targets that are left. */
  std::vector< long >
  draw_shares( const std::vector< std::vector< size_t > >& places ) const
  {
    nest::RngPtr rng = nest::get_rank_synced_rng();
    nest::binomial_distribution binomial;
    std::vector< long > shares( places.size(), 0 );
    long left = this->*reveal( TotalNumber() );
    double behind = 0.0;
    for ( size_t process = 0; process < places.size() and left > 0; ++process )
    {
      const auto own = static_cast< double >( places[ process ].size() );
      if ( own > 0.0 )
      {
        const double p = own / ( static_cast< double >( targets.size() ) - behind );
        nest::binomial_distribution::param_type parameters( left, p );
        shares[ process ] = static_cast< long >( binomial( rng, parameters ) );
      }
      behind += own;
      left -= shares[ process ];
    }
    return shares;
  }

  template < typename Stream >
  void
  connect_share( const std::vector< size_t >& places, long left, const size_t thread, nest::RngPtr rng, Stream& stream )
  {
    TargetNodes nodes( targets, thread );
    while ( left > 0 )
    {
      const size_t source = sources[ rng->ulrand( sources.size() ) ];
      const size_t place = places[ rng->ulrand( places.size() ) ];
      if ( not is_forbidden_autapse( source, targets[ place ] ) )
      {
        connect_one( source, nodes[ place ], thread, rng, stream );
        --left;
      }
    }
  }
};

} // namespace nestml_jit

#endif /* NESTML_JIT_BULK_RULES_BY_DRAW_H */
