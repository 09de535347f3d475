#include "synapses/delayed_variables.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "nest/errors.h"
#include "nest/time_slices.h"

namespace nestml_jit
{

DelayedVariables::DelayedVariables( const std::string& model, ConnectionData& data )
  : model_( model )
  , data_( data )
{
}

/* The steps of a delay, for a connection with the variables `row`. */
int64_t
DelayedVariables::steps( const PastRead& read, const std::vector< double >& row ) const
{
  constexpr double most = 1 << 20; // columns, which is memory for hardly a connection
  const double delay = read.delay.evaluate( row.data() );
  const double steps = std::floor( delay / resolution_ms() + 0.5 );
  if ( not( steps >= 0.0 and steps < most ) )
  {
    std::ostringstream text;
    text << "The delay with which the equations of the synapse model '" << model_ << "' read '" << read.variable
         << "' is " << delay << " ms: it must be a time >= 0, and shorter than 2^20 steps.";
    throw_bad_property( text.str() );
  }
  return static_cast< int64_t >( steps );
}

/* The longest delay of all connections in steps. */
int64_t
DelayedVariables::longest() const
{
  const SynapseDescription& description = data_.table.description();
  const Variables& variables = description.variables;
  bool differ = false;
  for ( size_t c = 0; c < variables.size(); ++c )
  {
    const bool is_own = data_.table.columns()[ c ].mode == SynapseColumn::Mode::connection;
    differ = differ or ( variables[ c ].is_parameter() and is_own );
  }
  int64_t longest = 0;
  std::vector< double > row( variables.size() );
  for ( size_t lcid = 0; lcid < ( differ ? data_.size() : std::min< size_t >( data_.size(), 1 ) ); ++lcid )
  {
    data_.table.read( lcid, row );
    variables.refresh_internals( row.data() );
    for ( const PastRead& read : description.past )
    {
      longest = std::max( longest, steps( read, row ) );
    }
  }
  return longest;
}

void
DelayedVariables::fit()
{
  const SynapseDescription& description = data_.table.description();
  if ( description.past.empty() )
  {
    return;
  }
  const size_t values = static_cast< size_t >( longest() ) + 1;
  if ( values <= values_ )
  {
    return;
  }
  std::set< std::string > names;
  for ( const PastRead& read : description.past )
  {
    names.insert( read.variable );
  }
  values_ = values;
  data_.table.fit_past( values * names.size() );
}

} // namespace nestml_jit
