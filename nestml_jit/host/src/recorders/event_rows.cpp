#include "recorders/event_rows.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace nestml_jit
{

namespace
{

/* Put the values from number `begin` on into another order. */
template < typename T >
void
reorder( SharedColumn< T >& column, const size_t begin, const std::vector< size_t >& order )
{
  if ( column.size() == 0 )
  {
    return;
  }
  const std::vector< T > values( column.data() + begin, column.data() + column.size() );
  for ( size_t i = 0; i < order.size(); ++i )
  {
    column.data()[ begin + i ] = values[ order[ i ] ];
  }
}

} // namespace

void
EventRows::name_values( const std::vector< std::string >& names )
{
  names_ = names;
  values_.resize( names.size() );
}

void
EventRows::begin_slice( const int64_t slice )
{
  if ( slice != slice_ )
  {
    settle();
    slice_ = slice;
    begin_ = size();
    last_sender_ = 0;
  }
}

void
EventRows::write( const int64_t slice,
  const int64_t sender,
  const EventTime& time,
  const std::vector< double >& values )
{
  if ( takes_spikes_ )
  {
    begin_slice( slice );
    is_disordered_ = is_disordered_ or sender < last_sender_;
    last_sender_ = sender;
  }
  add( sender, time );
  for ( size_t i = 0; i < values_.size(); ++i )
  {
    values_[ i ].add( values[ i ] );
  }
}

void
EventRows::begin_spikes( const int64_t slice, const int64_t first_sender )
{
  takes_spikes_ = true;
  begin_slice( slice );
  is_disordered_ = is_disordered_ or first_sender < last_sender_;
}

size_t
EventRows::take_spikes()
{
  return std::exchange( spikes_, 0 );
}

void
EventRows::settle()
{
  if ( not std::exchange( is_disordered_, false ) )
  {
    return;
  }
  std::vector< size_t > order( size() - begin_ );
  std::iota( order.begin(), order.end(), 0 );
  const int64_t* const senders = senders_.data() + begin_;
  std::stable_sort(
    order.begin(), order.end(), [ senders ]( size_t a, size_t b ) { return senders[ a ] < senders[ b ]; } );
  reorder( senders_, begin_, order );
  reorder( times_, begin_, order );
  reorder( steps_, begin_, order );
  reorder( offsets_, begin_, order );
}

void
EventRows::clear()
{
  senders_.clear();
  times_.clear();
  steps_.clear();
  offsets_.clear();
  for ( SharedColumn< double >& column : values_ )
  {
    column.clear();
  }
  begin_ = 0;
  is_disordered_ = false;
}

} // namespace nestml_jit
