#include "slice/tile_sampler.h"

#include <algorithm>

#include "nest/shell.h"
#include "neurons/block.h"
#include "neurons/nodes.h"
#include "neurons/store.h"
#include "values/variables.h"

namespace nestml_jit
{

void
TileSampler::look()
{
  const auto are_consecutive = []( const std::vector< uint32_t >& numbers )
  {
    return std::adjacent_find( numbers.begin(), numbers.end(), []( uint32_t a, uint32_t b ) { return b != a + 1; } )
      == numbers.end();
  };
  is_whole = are_consecutive( lanes ) and are_consecutive( columns );
}

/* Copy the values of a tile, one per lane. */
void
TileSampler::copy( const double* const values, double* const row ) const
{
  if ( is_whole )
  {
    std::copy_n( values + lanes.front() % NJ_TILE, lanes.size(), row + columns.front() );
    return;
  }
  for ( size_t i = 0; i < lanes.size(); ++i )
  {
    row[ columns[ i ] ] = values[ lanes[ i ] % NJ_TILE ];
  }
}

void
TileSampler::sample( const int64_t step, const Store& store, const Variables& variables, const Nodes& nodes ) const
{
  for ( size_t name = 0; target->has( step ) and name < request->elements.size(); ++name )
  {
    const size_t asked = request->elements[ name ];
    const size_t element = asked >= first_alias ? variables.aliases()[ asked - first_alias ].variable : asked;
    double* const row = target->values_at( name, step );
    if ( element < first_observable and variables[ element ].type == Type::real )
    {
      copy( store.column( element ).data( lanes.front() / NJ_TILE ), row );
      continue;
    }
    for ( size_t i = 0; i < lanes.size(); ++i )
    {
      row[ columns[ i ] ] = nodes[ lanes[ i ] ].get_state_element( element );
    }
  }
}

void
TileSampler::leave_out( const int64_t step, const std::vector< uint32_t >& idle ) const
{
  for ( size_t i = 0; target->has( step ) and i < lanes.size(); ++i )
  {
    if ( std::find( idle.begin(), idle.end(), lanes[ i ] ) == idle.end() )
    {
      continue;
    }
    for ( size_t name = 0; name < request->elements.size(); ++name )
    {
      target->values_at( name, step )[ columns[ i ] ] = no_sample();
    }
    target->stretch->has_gaps.store( true, std::memory_order_relaxed );
  }
}

} // namespace nestml_jit
