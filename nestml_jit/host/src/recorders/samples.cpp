#include "recorders/samples.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace nestml_jit
{

namespace
{

constexpr uint64_t no_sample_bits = 0x7ff8'6e6f'7361'6d70;

} // namespace

double
no_sample()
{
  return std::bit_cast< double >( no_sample_bits );
}

bool
is_sample( const double value )
{
  return std::bit_cast< uint64_t >( value ) != no_sample_bits;
}

size_t
SampleStretch::size_until( const int64_t step ) const
{
  return static_cast< size_t >( std::upper_bound( stamps.begin(), stamps.end(), step ) - stamps.begin() );
}

void
SampleStretch::shrink( const size_t samples )
{
  stamps.resize( samples );
  slices.resize( std::min( samples, slices.size() ) );
  for ( SharedColumn< double >& column : values )
  {
    column.shrink( samples * neurons->size() );
  }
}

/* A stretch goes on as long as neurons are the same, and NEST has not written events meanwhile. */
void
Samples::begin_run( const std::shared_ptr< const SampledNeurons >& neurons,
  const SampleTimes& times,
  const std::vector< size_t >& events )
{
  if ( stretches_.empty() or stretches_.back()->neurons != neurons or stretches_.back()->events_before != events )
  {
    stretches_.push_back( std::make_unique< SampleStretch >() );
    stretches_.back()->neurons = neurons;
    stretches_.back()->values.resize( neurons->names.size() );
    stretches_.back()->events_before = events;
  }
  counted_.resize( events.size() );
  SampleStretch& stretch = *stretches_.back();
  const int64_t last = times.first + ( times.count - 1 ) * times.interval;
  target_ = { times.interval, times.first, last, times.slice, stretch.size(), &stretch, {} };
  for ( SharedColumn< double >& column : stretch.values )
  {
    column.grow( static_cast< size_t >( times.count ) * neurons->size() );
    target_.values.push_back( column.data() );
  }
  for ( int64_t i = 0; i < times.count; ++i )
  {
    stretch.stamps.push_back( times.first + i * times.interval );
  }
}

void
Samples::leave_out( const std::vector< size_t >& columns )
{
  for ( double* const values : target_.values )
  {
    for ( size_t sample = target_.row; sample < target_.stretch->size(); ++sample )
    {
      for ( const size_t column : columns )
      {
        values[ sample * target_.stretch->neurons->size() + column ] = no_sample();
        target_.stretch->has_gaps = true;
      }
    }
  }
}

void
Samples::end_run( const int64_t reached, const int64_t slice_steps )
{
  if ( target_.stretch )
  {
    SampleStretch& stretch = *target_.stretch;
    stretch.shrink( stretch.size_until( reached ) );
    for ( size_t sample = stretch.slices.size(); sample < stretch.size(); ++sample )
    {
      const int64_t passed = stretch.stamps[ sample ] - 1 - target_.slice;
      stretch.slices.push_back( target_.slice + passed / slice_steps * slice_steps );
    }
  }
  target_ = SampleTarget();
}

size_t
Samples::take_new( const size_t thread, const int64_t until )
{
  size_t found = 0;
  Counted& counted = counted_[ thread ];
  for ( size_t number = counted.stretch; number < stretches_.size(); ++number )
  {
    const size_t begin = number == counted.stretch ? counted.sample : 0,
                 end = stretches_[ number ]->size_until( until );
    found += count( *stretches_[ number ], thread, begin, end );
    counted = { number, end };
    if ( end < stretches_[ number ]->size() )
    {
      break; // what follows is later
    }
  }
  return found;
}

/* Number of samples of a thread's neurons in some rows. */
size_t
Samples::count( const SampleStretch& stretch, const size_t thread, const size_t begin, const size_t end )
{
  const size_t first = stretch.neurons->first[ thread ], last = stretch.neurons->first[ thread + 1 ];
  size_t found = ( end - begin ) * ( last - first );
  for ( size_t sample = begin; stretch.has_gaps and sample < end; ++sample )
  {
    for ( size_t column = first; column < last; ++column )
    {
      found -= not stretch.has_sample( sample, column );
    }
  }
  return found;
}

void
Samples::clear( const int64_t until )
{
  std::vector< std::unique_ptr< SampleStretch > > rest;
  for ( const auto& stretch : stretches_ )
  {
    const size_t gone = stretch->size_until( until );
    if ( gone == stretch->size() )
    {
      continue;
    }
    rest.push_back( std::make_unique< SampleStretch >() );
    SampleStretch& left = *rest.back();
    left.neurons = stretch->neurons;
    left.stamps.assign( stretch->stamps.begin() + static_cast< std::ptrdiff_t >( gone ), stretch->stamps.end() );
    left.slices.assign( stretch->slices.begin() + static_cast< std::ptrdiff_t >( gone ), stretch->slices.end() );
    left.events_before.assign( stretch->events_before.size(), 0 );
    left.has_gaps = stretch->has_gaps.load();
    for ( const SharedColumn< double >& column : stretch->values )
    {
      const size_t begin = gone * left.neurons->size(), size = column.size() - begin;
      left.values.emplace_back();
      std::copy_n( column.data() + begin, size, left.values.back().grow( size ) );
    }
  }
  stretches_ = std::move( rest );
  std::fill( counted_.begin(), counted_.end(), Counted() );
}

} // namespace nestml_jit
