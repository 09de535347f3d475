#include "nest/nest_generators.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <typeinfo>
#include <vector>

#include "ac_generator.h"
#include "dc_generator.h"
#include "inhomogeneous_poisson_generator.h"
#include "nest_names.h"
#include "noise_generator.h"
#include "poisson_generator.h"
#include "sinusoidal_poisson_generator.h"
#include "step_current_generator.h"

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

protected:
  const nest::StimulationDevice&
  node() const
  {
    return node_;
  }

  Dictionary
  parameters() const
  {
    return parameters_of( node_ );
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
  using NodeGenerator::NodeGenerator;

private:
  double
  read() override
  {
    rate_ = parameters().get< double >( nest::names::rate ) * 1e-3;
    return rate_ * resolution_ms();
  }

  double
  rate( int64_t ) const override
  {
    return rate_;
  }

  double rate_ = 0.0;
};

/* An inhomogeneous_poisson_generator, whose rate jumps at given times; it has jumped at those of the past. */
class JumpingGenerator : public NodeGenerator
{
public:
  using NodeGenerator::NodeGenerator;

private:
  double
  read() override
  {
    begin_ = reached_step();
    rate_before_ = rate_of( static_cast< const nest::inhomogeneous_poisson_generator& >( node() ) );
    const Dictionary found = parameters();
    values_ = found.get< std::vector< double > >( nest::names::rate_values );
    times_.clear();
    for ( const double time : found.get< std::vector< double > >( nest::names::rate_times ) )
    {
      times_.push_back( steps_of_ms( time ) );
    }
    const double largest = values_.empty() ? 0.0 : *std::max_element( values_.begin(), values_.end() ) * 1e-3;
    return std::max( rate_before_, largest ) * resolution_ms();
  }

  bool
  has_state() const override
  {
    return true;
  }

  /* A rate counts for the step that ends at its time, so that the first spikes have that time. */
  double
  rate( const int64_t step ) const override
  {
    const auto jump = std::upper_bound( times_.begin(), times_.end(), step + 1 );
    const bool has_jumped = jump != times_.begin() and *( jump - 1 ) > begin_;
    return has_jumped ? values_[ static_cast< size_t >( jump - times_.begin() ) - 1 ] * 1e-3 : rate_before_;
  }

  int64_t begin_ = 0; /* of the simulation */
  double rate_before_ = 0.0;
  std::vector< int64_t > times_; /* steps */
  std::vector< double > values_; /* spikes/s */
};

/* A sinusoidal_poisson_generator with a spike train for each target. */
class SinusoidalGenerator : public NodeGenerator
{
public:
  using NodeGenerator::NodeGenerator;

private:
  double
  read() override
  {
    const Dictionary found = parameters();
    rate_ = found.get< double >( nest::names::rate ) * 1e-3;
    amplitude_ = found.get< double >( nest::names::amplitude ) * 1e-3;
    angular_frequency_ = found.get< double >( nest::names::frequency ) * 2e-3 * std::numbers::pi;
    phase_ = found.get< double >( nest::names::phase ) / 180.0 * std::numbers::pi;
    return ( rate_ + std::abs( amplitude_ ) ) * resolution_ms();
  }

  double
  rate( const int64_t step ) const override
  {
    const double time = resolution_ms() * static_cast< double >( step + 1 );
    return std::max( 0.0, rate_ + amplitude_ * std::sin( angular_frequency_ * time + phase_ ) );
  }

  double rate_ = 0.0;      /* spikes/ms */
  double amplitude_ = 0.0; /* spikes/ms */
  double angular_frequency_ = 0.0;
  double phase_ = 0.0;
};

/* Whether the parameters of a node are told by another program while it is simulated. */
bool
is_told( const nest::Node& node )
{
  return not parameters_of( node ).get< std::string >( nest::names::stimulus_source ).empty();
}

template < typename Kind >
bool
is_a( const nest::Node& node )
{
  return typeid( node ) == typeid( Kind );
}

} // namespace

Takes
takes_over( const nest::Node& node )
{
  if ( is_a< nest::dc_generator >( node ) or is_a< nest::ac_generator >( node )
    or is_a< nest::step_current_generator >( node ) )
  {
    return Takes::common_currents;
  }
  if ( is_a< nest::noise_generator >( node ) )
  {
    return is_told( node ) ? Takes::nothing : Takes::noise;
  }
  const bool draws = is_a< nest::poisson_generator >( node ) or is_a< nest::inhomogeneous_poisson_generator >( node )
    or is_a< nest::sinusoidal_poisson_generator >( node );
  return draws and not is_told( node ) ? Takes::spikes : Takes::nothing;
}

std::shared_ptr< Generator >
generator_of( const nest::Node& node, PoissonTables& tables )
{
  const auto& device = static_cast< const nest::StimulationDevice& >( node );
  if ( is_a< nest::poisson_generator >( node ) )
  {
    return std::make_shared< ConstantGenerator >( device, tables );
  }
  if ( is_a< nest::inhomogeneous_poisson_generator >( node ) )
  {
    return std::make_shared< JumpingGenerator >( device, tables );
  }
  return std::make_shared< SinusoidalGenerator >( device, tables );
}

} // namespace nestml_jit
