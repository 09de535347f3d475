#include "neurons/calibration.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>

#include "nest/errors.h"
#include "nest/reached.h"
#include "nest/time_slices.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

namespace
{

/* The variable that a column of propagators (`P(variable,...)`, `D(variable,...)`) belongs to, "" if the column is
 * something else. */
std::string
propagated_variable( const std::string& column )
{
  const bool propagates = column.rfind( "P(", 0 ) == 0 or column.rfind( "D(", 0 ) == 0;
  return propagates ? column.substr( 2, column.find( ',' ) - 2 ) : std::string();
}

} // namespace

void
Calibration::run( const NjTile& tile, const uint32_t computed, const size_t used ) const
{
  type_.binding()->kernel->calibrate( &nj_, &tile, computed, nj_.h );
  if ( failure_.is_noted() )
  {
    throw_kernel_exception( failure_.take() );
  }
  check_propagators( tile, used );
}

/* What calibration computes for the exact solution is multiplied with finite states later, and nothing in a kernel
 * would notice. */
void
Calibration::check_propagators( const NjTile& tile, const size_t used ) const
{
  const Binding& binding = *type_.binding();
  for ( size_t k = 0; k < binding.columns.size(); ++k )
  {
    const std::string variable =
      binding.columns[ k ].internal ? propagated_variable( binding.names[ k ] ) : std::string();
    const double* const values = tile.column[ k ];
    const double* const wrong =
      std::find_if_not( values, values + used, []( const double x ) { return std::isfinite( x ); } );
    if ( variable.empty() or wrong == values + used )
    {
      continue;
    }
    std::ostringstream text;
    text << "Node " << nodes_.ids()[ tile.first_lane + static_cast< size_t >( wrong - values ) ] << " (model '"
         << type_.name() << "') cannot be integrated in the step that ends at " << ms_of_step( reached_step() ) + nj_.h
         << " ms: " << variable
         << ": with the node's parameters its equation has no finite solution. Look at what it divides by.";
    throw_kernel_exception( text.str() );
  }
}

} // namespace nestml_jit
