#include "generators/generator.h"

#include <algorithm>
#include <cmath>

namespace nestml_jit
{

namespace
{

/* Tables of means that change all the time are thrown away when there are so many. */
constexpr size_t many_tables = 1024;

/* A mean that lasts for so many steps is worth a table that takes long to make. */
constexpr int many_steps = 16;

} // namespace

std::shared_ptr< const PoissonTable >
PoissonTables::table( const double mean )
{
  const auto known = by_mean_.find( mean );
  if ( known != by_mean_.end() )
  {
    return known->second;
  }
  if ( by_mean_.size() >= many_tables )
  {
    by_mean_.clear();
  }
  return by_mean_[ mean ] = std::make_shared< const PoissonTable >( mean );
}

Generator::Generator( const uint64_t id, PoissonTables& tables )
  : id_( id )
  , tables_( tables )
{
}

bool
Generator::begin_run( const bool is_changed )
{
  origin_ = -1;
  return not( is_changed or has_state() ) or read() <= PoissonTable::largest_mean;
}

void
Generator::begin_slice( const int64_t origin, const long from, const long to )
{
  if ( origin == origin_ and from == from_ )
  {
    return;
  }
  origin_ = origin;
  from_ = from;
  tables_of_lags_.resize( static_cast< size_t >( to ) );
  for ( long lag = from; lag < to; ++lag )
  {
    const double expected = mean( origin + lag );
    if ( expected != mean_ )
    {
      table_ = expected > 0.0 ? table_for( expected ) : nullptr;
      mean_ = expected;
      steps_of_table_ = 0;
    }
    steps_of_table_ = std::min( many_steps, steps_of_table_ + 1 );
    tables_of_lags_[ static_cast< size_t >( lag ) ] = table_;
  }
}

/* Means that changed after a few steps will go on to do so. */
std::shared_ptr< const PoissonTable >
Generator::table_for( const double mean )
{
  const bool has_lasted = not table_ or steps_of_table_ == many_steps;
  return has_lasted ? tables_.table( mean ) : std::make_shared< const PoissonTable >( mean, quick_bits( mean ) );
}

/* The size of a table that is used in one step: making it takes a time for each cell, and counts that it leaves open take
 * more of it for each target the fewer cells there are. */
unsigned
Generator::quick_bits( const double mean ) const
{
  const double thresholds = 6.0 * std::sqrt( mean ) + 4.0;
  const double cells = std::sqrt( 20.0 * thresholds * static_cast< double >( targets_ ) );
  return static_cast< unsigned >( std::clamp( std::log2( cells ), 4.0, 12.0 ) );
}

} // namespace nestml_jit
