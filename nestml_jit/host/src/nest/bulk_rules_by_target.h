/* Rules that go from target to target: each thread makes all connections onto its own neurons. */
#ifndef NESTML_JIT_BULK_RULES_BY_TARGET_H
#define NESTML_JIT_BULK_RULES_BY_TARGET_H

#include <cmath>
#include <cstddef>
#include <typeinfo>

#include "parameter.h"

#include "nest/bulk_builder.h"
#include "nest/drawn_partners.h"

namespace nestml_jit
{

struct InDegree
{
  using type = nest::ParameterPTR nest::FixedInDegreeBuilder::*;
  friend type reveal( InDegree );
};

struct Probability
{
  using type = nest::ParameterPTR nest::BernoulliBuilder::*;
  friend type reveal( Probability );
};

template struct Reveal< InDegree, &nest::FixedInDegreeBuilder::indegree_ >;
template struct Reveal< Probability, &nest::BernoulliBuilder::p_ >;

class BulkOneToOne : public BulkBuilder< nest::OneToOneBuilder >
{
public:
  using BulkBuilder::BulkBuilder;

protected:
  void
  connect_in_bulk() override
  {
    on_all_threads(
      [ this ]( const size_t thread, nest::RngPtr rng, auto& stream )
      {
        for_each_target( thread,
          [ & ]( nest::Node& target, const size_t place )
          {
            if ( is_forbidden_autapse( sources[ place ], targets[ place ] ) )
            {
              return;
            }
            if ( target.is_proxy() )
            {
              skip_conn_parameter_( thread );
              return;
            }
            connect_one( sources[ place ], target, thread, rng, stream );
          } );
      } );
  }
};

class BulkAllToAll : public BulkBuilder< nest::AllToAllBuilder >
{
public:
  using BulkBuilder::BulkBuilder;

protected:
  void
  connect_in_bulk() override
  {
    on_all_threads(
      [ this ]( const size_t thread, nest::RngPtr rng, auto& stream )
      {
        for_each_target( thread,
          [ & ]( nest::Node& target, const size_t place )
          {
            if ( target.is_proxy() )
            {
              skip_conn_parameter_( thread, sources.size() );
              return;
            }
            connect_target( target, targets[ place ], thread, rng, stream );
          } );
      } );
  }

private:
  template < typename Stream >
  void
  connect_target( nest::Node& target, const size_t id, const size_t thread, nest::RngPtr rng, Stream& stream )
  {
    for ( size_t s = 0; s < sources.size(); ++s )
    {
      if ( is_forbidden_autapse( sources[ s ], id ) )
      {
        skip_conn_parameter_( thread ); // does nothing unless there are arrays
        continue;
      }
      connect_one( sources[ s ], target, thread, rng, stream );
    }
  }
};

class BulkFixedInDegree : public BulkBuilder< nest::FixedInDegreeBuilder >
{
public:
  using BulkBuilder::BulkBuilder;

protected:
  void
  connect_in_bulk() override
  {
    on_all_threads(
      [ this ]( const size_t thread, nest::RngPtr rng, auto& stream )
      {
        Drawn drawn( allow_multapses_ ? 0 : sources.size() );
        for_each_target( thread,
          [ & ]( nest::Node& target, const size_t place )
          {
            const long inputs = std::round( ( this->*reveal( InDegree() ) )->value( rng, &target ) );
            if ( target.is_proxy() )
            {
              skip_conn_parameter_( thread, static_cast< size_t >( inputs ) );
              return;
            }
            drawn.clear();
            const auto is_forbidden = [ & ]( const size_t source )
            { return is_forbidden_autapse( source, targets[ place ] ); };
            for ( long k = 0; k < inputs; ++k )
            {
              const size_t s = draw_partner( rng, sources, allow_multapses_ ? nullptr : &drawn, is_forbidden );
              connect_one( sources[ s ], target, thread, rng, stream );
            }
          } );
      } );
  }
};

class BulkBernoulli : public BulkBuilder< nest::BernoulliBuilder >
{
public:
  using BulkBuilder::BulkBuilder;

protected:
  void
  connect_in_bulk() override
  {
    on_all_threads(
      [ this ]( const size_t thread, nest::RngPtr rng, auto& stream )
      {
        for_each_target( thread,
          [ & ]( nest::Node& target, const size_t place )
          {
            if ( target.is_proxy() )
            {
              skip_conn_parameter_( thread );
              return;
            }
            connect_target( target, targets[ place ], thread, rng, stream );
          } );
      } );
  }

private:
  template < typename Stream >
  void
  connect_target( nest::Node& target, const size_t id, const size_t thread, nest::RngPtr rng, Stream& stream )
  {
    nest::Parameter& p = *( this->*reveal( Probability() ) );
    const bool is_constant = typeid( p ) == typeid( nest::ConstantParameter );
    const double constant = is_constant ? p.value( rng, &target ) : 0.0;
    for ( size_t s = 0; s < sources.size(); ++s )
    {
      if ( is_forbidden_autapse( sources[ s ], id ) )
      {
        continue;
      }
      const double drawn = rng->drand();
      if ( drawn < ( is_constant ? constant : p.value( rng, &target ) ) )
      {
        connect_one( sources[ s ], target, thread, rng, stream );
      }
    }
  }
};

} // namespace nestml_jit

#endif /* NESTML_JIT_BULK_RULES_BY_TARGET_H */
