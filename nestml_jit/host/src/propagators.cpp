/* Steps of linear equations that no parameters allow, found before the simulation: what calibration computes for
 * the exact solution is multiplied with finite states later, and nothing in a kernel would notice. */
#include "neuron_type.h"

#include <cmath>
#include <sstream>

#include "kernel_manager.h"

namespace nestml_jit
{

/* The variable that a column of propagators (`__P__<variable>__...`, `__D__<variable>__...`) belongs to, "" if the
 * column is something else. */
std::string
Block::propagated_variable( const std::string& column ) const
{
  std::string found;
  if ( column.rfind( "__P__", 0 ) != 0 and column.rfind( "__D__", 0 ) != 0 )
  {
    return found;
  }
  const std::string rest = column.substr( 5 );
  for ( size_t i = 0; i < type_.variables().size(); ++i )
  {
    const std::string& name = type_.variables()[ i ].name;
    if ( name.size() > found.size() and rest.rfind( name + "__", 0 ) == 0 )
    {
      found = name;
    }
  }
  return found;
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
         << nest::kernel().simulation_manager.get_time().get_ms() + nj_.h << " ms: " << variable
         << ": with the node's parameters its equation has no finite solution. Look at what it divides by.";
    throw nest::KernelException( text.str() );
  }
}

} // namespace nestml_jit
