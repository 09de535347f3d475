#include "nest/nest_generators.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <typeinfo>
#include <vector>

#include "inhomogeneous_poisson_generator.h"
#include "nest_names.h"
#include "poisson_generator.h"
#include "sinusoidal_poisson_generator.h"

#include "nest/private_member.h"
#include "nest/reached.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

/* The rate of a node in spikes/ms, which it shows to nobody. */
double rate_of( const nest::inhomogeneous_poisson_generator& node );

template < auto member >
struct RevealRate
{
  friend double
  rate_of( const nest::inhomogeneous_poisson_generator& node )
  {
    return ( node.*member ).rate_;
  }
};

template struct RevealRate< &nest::inhomogeneous_poisson_generator::B_ >;

namespace
{

Dictionary
parameters_of( const nest::Node& node )
{
  Dictionary parameters;
  node.get_status( parameters );
  return parameters;
}

/* A node of NEST's, which knows when it is active. */
class NodeGenerator : public Generator
{
public:
  NodeGenerator( const nest::StimulationDevice& node, PoissonTables& tables )
    : Generator( node.get_node_id(), tables )
    , node_( node )
  {
  }

private:
  double
  mean( const int64_t step ) final
  {
    const bool is_active = not node_.is_frozen() and node_.is_active( nest::Time( nest::Time::step( step ) ) );
    return is_active ? rate( step ) * resolution_ms() : 0.0;
  }

  /* Spikes per ms in a step. */
  virtual double rate( int64_t step ) const = 0;

  const nest::StimulationDevice& node_;
};

/* A poisson_generator. */
class ConstantGenerator : public NodeGenerator
{
public:
  ConstantGenerator( const nest::poisson_generator& node, PoissonTables& tables )
    : NodeGenerator( node, tables )
    , rate_( parameters_of( node ).get< double >( nest::names::rate ) * 1e-3 )
  {
  }

  double
  largest_rate() const
  {
    return rate_;
  }

private:
  double
  rate( int64_t ) const override
  {
    return rate_;
  }

  double rate_;
};

/* An inhomogeneous_poisson_generator, whose rate jumps at given times; it has jumped at those of the past. */
class JumpingGenerator : public NodeGenerator
{
public:
  JumpingGenerator( const nest::inhomogeneous_poisson_generator& node, PoissonTables& tables )
    : NodeGenerator( node, tables )
    , begin_( reached_step() )
    , rate_before_( rate_of( node ) )
  {
    const Dictionary parameters = parameters_of( node );
    values_ = parameters.get< std::vector< double > >( nest::names::rate_values );
    for ( const double time : parameters.get< std::vector< double > >( nest::names::rate_times ) )
    {
      times_.push_back( steps_of_ms( time ) );
    }
  }

  double
  largest_rate() const
  {
    const double largest = values_.empty() ? 0.0 : *std::max_element( values_.begin(), values_.end() ) * 1e-3;
    return std::max( rate_before_, largest );
  }

private:
  /* A rate counts for the step that ends at its time, so that the first spikes have that time. */
  double
  rate( const int64_t step ) const override
  {
    const auto jump = std::upper_bound( times_.begin(), times_.end(), step + 1 );
    const bool has_jumped = jump != times_.begin() and *( jump - 1 ) > begin_;
    return has_jumped ? values_[ static_cast< size_t >( jump - times_.begin() ) - 1 ] * 1e-3 : rate_before_;
  }

  int64_t begin_; /* of the simulation */
  double rate_before_;
  std::vector< int64_t > times_; /* steps */
  std::vector< double > values_; /* spikes/s */
};

/* A sinusoidal_poisson_generator with a spike train for each target. */
class SinusoidalGenerator : public NodeGenerator
{
public:
  SinusoidalGenerator( const nest::sinusoidal_poisson_generator& node, PoissonTables& tables )
    : NodeGenerator( node, tables )
  {
    const Dictionary parameters = parameters_of( node );
    rate_ = parameters.get< double >( nest::names::rate ) * 1e-3;
    amplitude_ = parameters.get< double >( nest::names::amplitude ) * 1e-3;
    angular_frequency_ = parameters.get< double >( nest::names::frequency ) * 2e-3 * std::numbers::pi;
    phase_ = parameters.get< double >( nest::names::phase ) / 180.0 * std::numbers::pi;
  }

  double
  largest_rate() const
  {
    return rate_ + std::abs( amplitude_ );
  }

private:
  double
  rate( const int64_t step ) const override
  {
    const double time = resolution_ms() * static_cast< double >( step + 1 );
    return std::max( 0.0, rate_ + amplitude_ * std::sin( angular_frequency_ * time + phase_ ) );
  }

  double rate_;      /* spikes/ms */
  double amplitude_; /* spikes/ms */
  double angular_frequency_;
  double phase_;
};

/* A generator of a kind, unless its rate is too large. */
template < typename Kind, typename Node >
std::shared_ptr< Generator >
moderate( const nest::Node& node, PoissonTables& tables )
{
  auto found = std::make_shared< Kind >( static_cast< const Node& >( node ), tables );
  return found->largest_rate() * resolution_ms() <= PoissonTable::largest_mean ? found : nullptr;
}

} // namespace

std::shared_ptr< Generator >
generator_of( const nest::Node& node, PoissonTables& tables )
{
  if ( typeid( node ) == typeid( nest::poisson_generator ) )
  {
    return moderate< ConstantGenerator, nest::poisson_generator >( node, tables );
  }
  if ( typeid( node ) == typeid( nest::inhomogeneous_poisson_generator ) )
  {
    return moderate< JumpingGenerator, nest::inhomogeneous_poisson_generator >( node, tables );
  }
  if ( typeid( node ) == typeid( nest::sinusoidal_poisson_generator )
    and parameters_of( node ).get< bool >( nest::names::individual_spike_trains ) )
  {
    return moderate< SinusoidalGenerator, nest::sinusoidal_poisson_generator >( node, tables );
  }
  return nullptr;
}

} // namespace nestml_jit
