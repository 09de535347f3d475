#include "slice/delay_line.h"

#include <algorithm>
#include <sstream>

#include "nest/errors.h"
#include "nest/reached.h"
#include "nest/time_slices.h"
#include "neurons/kernel_tiles.h"
#include "neurons/nodes.h"

namespace nestml_jit
{

namespace
{

/* The longest delay of any lane in steps. */
int64_t
longest_delay( const KernelTiles& tiles, const Nodes& nodes, const std::string& model )
{
  int64_t longest = 0;
  for ( const BoundDelay& delay : tiles.binding().delays )
  {
    for ( size_t lane = 0; lane < nodes.size(); ++lane )
    {
      const double steps = tiles.value( delay.column, lane );
      if ( not( steps >= 0.0 and steps < 1e9 ) )
      {
        std::ostringstream text;
        text << "The delay with which the equations of the model '" << model << "' read '" << delay.variable << "' is "
             << steps * resolution_ms() << " ms in node " << nodes.ids()[ lane ] << ": it must be a time >= 0.";
        throw_bad_property( text.str() );
      }
      longest = std::max( longest, static_cast< int64_t >( steps ) );
    }
  }
  return longest;
}

} // namespace

void
DelayLine::fit( const KernelTiles& tiles, const Nodes& nodes, const std::string& model, const size_t stride )
{
  const std::vector< size_t >& columns = tiles.binding().past;
  is_used_ = not columns.empty();
  if ( not is_used_ )
  {
    return;
  }
  const int64_t longest = longest_delay( tiles, nodes, model );
  int64_t steps = steps_;
  while ( steps <= longest )
  {
    steps *= 2;
  }
  if ( steps != steps_ or stride != stride_ or columns != columns_ or values_.empty() )
  {
    make_room( columns, steps, stride );
  }
}

void
DelayLine::make_room( const std::vector< size_t >& columns, const int64_t steps, const size_t stride )
{
  LargeVector< double > values( steps * columns.size() * stride, 0.0 );
  const int64_t now = reached_step();
  const int64_t kept = values_.empty() ? 0 : steps_;
  for ( int64_t step = now - kept; step < now; ++step )
  {
    for ( size_t row = 0; row < columns.size(); ++row )
    {
      const auto old = std::find( columns_.begin(), columns_.end(), columns[ row ] );
      if ( old != columns_.end() )
      {
        const size_t from = ( step & ( steps_ - 1 ) ) * columns_.size() + ( old - columns_.begin() );
        const size_t to = ( step & ( steps - 1 ) ) * columns.size() + row;
        std::copy_n( values_.data() + from * stride_, std::min( stride_, stride ), values.data() + to * stride );
      }
    }
  }
  values_ = std::move( values );
  columns_ = columns;
  stride_ = stride;
  steps_ = steps;
}

void
DelayLine::save( const int64_t step, SavedValues& saved )
{
  if ( is_used_ )
  {
    const size_t rows = columns_.size() * stride_;
    saved.save( values_.data() + ( step & ( steps_ - 1 ) ) * rows, rows );
  }
}

void
DelayLine::show( NjBlock& nj )
{
  nj.past = is_used_ ? values_.data() : nullptr;
  nj.past_mask = steps_ - 1;
}

} // namespace nestml_jit
