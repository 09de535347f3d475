#include "nest/shown_events.h"

#include <algorithm>

#include "nest_names.h"

#include "nest/time_slices.h"

namespace nestml_jit
{

namespace
{

template < typename Shown, typename T >
void
append( std::vector< Shown >& shown, const SharedColumn< T >& column, const size_t begin, const size_t end )
{
  if ( begin < end )
  {
    shown.insert( shown.end(), column.data() + begin, column.data() + end );
  }
}

/* The column of a neuron of a thread, or the number of columns if there is none. */
size_t
column_of( const SampledNeurons& neurons, const size_t thread, const int64_t id )
{
  const auto begin = neurons.ids.begin() + static_cast< std::ptrdiff_t >( neurons.first[ thread ] );
  const auto end = neurons.ids.begin() + static_cast< std::ptrdiff_t >( neurons.first[ thread + 1 ] );
  const auto found = std::find( begin, end, id );
  return found == end ? neurons.size() : static_cast< size_t >( found - neurons.ids.begin() );
}

} // namespace

ShownEvents::ShownEvents( Dictionary& events, const size_t thread, const bool in_steps )
  : events_( events )
  , thread_( thread )
  , in_steps_( in_steps )
{
}

void
ShownEvents::add( const EventRows* const rows, const Samples* const samples )
{
  const int64_t until = shown_until();
  size_t written = 0;
  std::vector< Part > parts; // of a slice, in several stretches if neurons were connected in its middle
  for ( size_t i = 0; samples and i < samples->stretches().size(); ++i )
  {
    const SampleStretch& stretch = *samples->stretches()[ i ];
    if ( rows and stretch.events_before[ thread_ ] > written )
    {
      add_slice( parts );
      parts.clear();
      add_rows( *rows, written, stretch.events_before[ thread_ ] );
      written = stretch.events_before[ thread_ ];
    }
    for ( size_t begin = 0, end = 0, size = stretch.size_until( until ); begin < size; begin = end )
    {
      for ( end = begin; end < size and stretch.slices[ end ] == stretch.slices[ begin ]; )
      {
        ++end;
      }
      if ( not parts.empty() and parts.back().stretch->slices[ parts.back().begin ] != stretch.slices[ begin ] )
      {
        add_slice( parts );
        parts.clear();
      }
      parts.push_back( { &stretch, begin, end } );
    }
  }
  add_slice( parts );
  if ( rows )
  {
    add_rows( *rows, written, rows->size() );
  }
}

/* Add events that were written, from number `begin` to `end`. */
void
ShownEvents::add_rows( const EventRows& rows, const size_t begin, const size_t end )
{
  append( events_.get_or_create_vector< long >( nest::names::senders ), rows.senders(), begin, end );
  if ( in_steps_ )
  {
    append( events_.get_or_create_vector< long >( nest::names::times ), rows.steps(), begin, end );
    append( events_.get_or_create_vector< double >( nest::names::offsets ), rows.offsets(), begin, end );
  }
  else
  {
    append( events_.get_or_create_vector< double >( nest::names::times ), rows.times(), begin, end );
  }
  for ( size_t i = 0; i < rows.names().size(); ++i )
  {
    append( events_.get_or_create_vector< double >( rows.names()[ i ] ), rows.values()[ i ], begin, end );
  }
}

/* Call a function for each sample of a slice, in the order of connections. */
template < typename Visit >
void
ShownEvents::each( const std::vector< Part >& parts, Visit visit ) const
{
  const SampledNeurons& neurons = *parts.back().stretch->neurons;
  for ( size_t column = neurons.first[ thread_ ]; column < neurons.first[ thread_ + 1 ]; ++column )
  {
    for ( const Part& part : parts )
    {
      const SampledNeurons& own = *part.stretch->neurons;
      const size_t place = &own == &neurons ? column : column_of( own, thread_, neurons.ids[ column ] );
      for ( size_t sample = part.begin; place < own.size() and sample < part.end; ++sample )
      {
        if ( part.stretch->has_sample( sample, place ) )
        {
          visit( *part.stretch, sample, place );
        }
      }
    }
  }
}

void
ShownEvents::add_slice( const std::vector< Part >& parts )
{
  if ( parts.empty() )
  {
    return;
  }
  using Stretch = const SampleStretch&;
  auto& senders = events_.get_or_create_vector< long >( nest::names::senders );
  each(
    parts, [ & ]( Stretch stretch, size_t, size_t column ) { senders.push_back( stretch.neurons->ids[ column ] ); } );
  if ( in_steps_ )
  {
    auto& times = events_.get_or_create_vector< long >( nest::names::times );
    each( parts, [ & ]( Stretch stretch, size_t sample, size_t ) { times.push_back( stretch.stamps[ sample ] ); } );
    events_.get_or_create_vector< double >( nest::names::offsets ).resize( times.size(), 0.0 );
  }
  else
  {
    auto& times = events_.get_or_create_vector< double >( nest::names::times );
    each( parts,
      [ & ]( Stretch stretch, size_t sample, size_t ) { times.push_back( ms_of_step( stretch.stamps[ sample ] ) ); } );
  }
  const std::vector< std::string >& names = parts.back().stretch->neurons->names;
  for ( size_t name = 0; name < names.size(); ++name )
  {
    auto& values = events_.get_or_create_vector< double >( names[ name ] );
    each( parts,
      [ & ]( Stretch stretch, size_t sample, size_t column )
      { values.push_back( stretch.value( name, sample, column ) ); } );
  }
}

} // namespace nestml_jit
