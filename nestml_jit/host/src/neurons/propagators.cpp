/* Steps of linear equations that no parameters allow, found before the simulation: what calibration computes for
 * the exact solution is multiplied with finite states later, and nothing in a kernel would notice. */
#include "neurons/neuron_type.h"

#include <cmath>
#include <sstream>

#include "kernel_manager.h"
#include "nest/reached.h"

namespace nestml_jit
{

/* The variable that a column of propagators (`P(variable,...)`, `D(variable,...)`) belongs to, "" if the column is
 * something else. */
static std::string
propagated_variable( const std::string& column )
{
  const bool propagates = column.rfind( "P(", 0 ) == 0 or column.rfind( "D(", 0 ) == 0;
  return propagates ? column.substr( 2, column.find( ',' ) - 2 ) : std::string();
}

void
Block::check_propagators( const size_t t, const size_t lanes )
{
  for ( size_t k = 0; k < width_; ++k )
  {
    const double* const values = pointers_[ t * width_ + k ];
    const double* const wrong =
      std::find_if_not( values, values + lanes, []( const double x ) { return std::isfinite( x ); } );
    if ( not bound_->columns[ k ].internal or wrong == values + lanes )
    {
      continue;
    }
    const std::string variable = propagated_variable( bound_->names[ k ] );
    if ( variable.empty() )
    {
      continue;
    }
    bound_ = nullptr; // all tiles are to be fitted anew
    std::ostringstream text;
    text << "Node " << node_ids_[ t * NJ_TILE + ( wrong - values ) ] << " (model '" << type_.name()
         << "') cannot be integrated in the step that ends at "
         << nest::Time( nest::Time::step( reached_step() ) ).get_ms() + nj_.h << " ms: " << variable
         << ": with the node's parameters its equation has no finite solution. Look at what it divides by.";
    throw nest::KernelException( text.str() );
  }
}

} // namespace nestml_jit
