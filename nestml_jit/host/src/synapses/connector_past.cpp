/* The earlier values of variables that equations of a synapse read with a delay. */
#include "synapses/connector.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "kernel_manager.h"

#include "nest/synapse_model.h"

namespace nestml_jit
{

/* The steps of a delay, for a connection with the variables `row`; an error if it is no time. */
int64_t
ColumnarConnector::past_steps( const PastRead& read, const std::vector< double >& row ) const
{
  constexpr double most = 1 << 20; // columns, which is memory for hardly a connection
  const double delay = read.delay.evaluate( row.data() );
  const double steps = std::floor( delay / nest::Time::get_resolution().get_ms() + 0.5 );
  if ( not( steps >= 0.0 and steps < most ) )
  {
    std::ostringstream text;
    text << "The delay with which the equations of the synapse model '" << model_->get_name() << "' read '"
         << read.variable << "' is " << delay << " ms: it must be a time >= 0, and shorter than 2^20 steps.";
    throw nest::BadProperty( text.str() );
  }
  return static_cast< int64_t >( steps );
}

/* The longest delay of all connections in steps. */
int64_t
ColumnarConnector::longest_past() const
{
  const Variables& variables = model_->description().variables;
  bool differ = false;
  for ( size_t c = 0; c < variables.size(); ++c )
  {
    differ = differ or ( variables[ c ].is_parameter() and columns_[ c ].mode == SynapseColumn::Mode::connection );
  }
  int64_t longest = 0;
  std::vector< double > row( variables.size() );
  for ( size_t lcid = 0; lcid < ( differ ? size() : std::min< size_t >( size(), 1 ) ); ++lcid )
  {
    for ( size_t c = 0; c < row.size(); ++c )
    {
      row[ c ] = value( c, lcid );
    }
    variables.refresh_internals( row.data() );
    for ( const PastRead& read : model_->description().past )
    {
      longest = std::max( longest, past_steps( read, row ) );
    }
  }
  return longest;
}

/* Columns are added behind the others, since they hold the newest values first. */
void
ColumnarConnector::fit_past()
{
  const SynapseDescription& description = model_->description();
  if ( description.past.empty() )
  {
    return;
  }
  const size_t values = static_cast< size_t >( longest_past() ) + 1;
  if ( values <= past_ )
  {
    return;
  }
  std::set< std::string > names;
  for ( const PastRead& read : description.past )
  {
    names.insert( read.variable );
  }
  past_ = values;
  const size_t before = columns_.size();
  columns_.resize( description.variables.size() + values * names.size() );
  for ( size_t c = before; c < columns_.size(); ++c )
  {
    apply_mode( c, SynapseColumn::Mode::connection );
  }
}

/* Look everything up anew before the next delivery. */
void
ColumnarConnector::forget_bindings()
{
  for ( Target& target : targets_ )
  {
    target.epoch = 0;
  }
}

} // namespace nestml_jit
