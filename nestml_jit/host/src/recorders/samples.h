/* What a multimeter has sampled. */
#ifndef NESTML_JIT_SAMPLES_H
#define NESTML_JIT_SAMPLES_H

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "recorders/shared_column.h"

namespace nestml_jit
{

/* The neurons of a multimeter: a column each, those of a thread side by side. */
struct SampledNeurons
{
  std::vector< std::string > names; /* what is sampled of each */
  std::vector< int64_t > ids;       /* [column] */
  std::vector< size_t > first;      /* [thread] first column, and behind the last thread their number */

  bool operator==( const SampledNeurons& ) const = default;

  size_t
  size() const
  {
    return ids.size();
  }
};

/* When samples are taken in a simulation; all are steps. */
struct SampleTimes
{
  int64_t first;
  int64_t interval;
  int64_t count;
  int64_t slice; /* beginning of the first slice */
};

/* A value that is none: the neuron was frozen. It is a NaN that no computation yields. */
double no_sample();
bool is_sample( double value );

/* Rows of samples of the same neurons: a matrix [sample][neuron] for each name. */
struct SampleStretch
{
  std::shared_ptr< const SampledNeurons > neurons;
  std::vector< int64_t > stamps;                /* [sample] step at whose end it was taken */
  std::vector< int64_t > slices;                /* [sample] first step of its slice */
  std::vector< SharedColumn< double > > values; /* [name] */
  std::vector< size_t > events_before;          /* [thread] events that NEST had written before the first sample */
  std::atomic< bool > has_gaps { false };       /* some values are no samples */

  size_t
  size() const
  {
    return stamps.size();
  }

  double
  value( const size_t name, const size_t sample, const size_t column ) const
  {
    return values[ name ][ sample * neurons->size() + column ];
  }

  bool
  has_sample( const size_t sample, const size_t column ) const
  {
    return not has_gaps.load( std::memory_order_relaxed ) or is_sample( value( 0, sample, column ) );
  }

  /* Number of samples at a step, or before it. */
  size_t size_until( int64_t step ) const;

  /* Take away samples, from a number on. */
  void shrink( size_t samples );
};

/* Where blocks write the samples of a simulation to. Its rows are made when it begins, so that threads need not agree. */
struct SampleTarget
{
  int64_t interval = 1; /* steps */
  int64_t first = 0;    /* step of the first sample */
  int64_t last = -1;    /* of the last one */
  int64_t slice = 0;    /* beginning of the first slice */
  size_t row = 0;       /* number of the first sample in the stretch */
  SampleStretch* stretch = nullptr;
  std::vector< double* > values; /* [name] */

  /* The step of the next sample after one, INT64_MAX if there is none. */
  int64_t
  next( const int64_t step ) const
  {
    const int64_t found = step < first ? first : first + ( ( step - first ) / interval + 1 ) * interval;
    return found <= last ? found : INT64_MAX;
  }

  bool
  has( const int64_t step ) const
  {
    return step >= first and step <= last and ( step - first ) % interval == 0;
  }

  /* The row of a sample, for a name. */
  double*
  values_at( const size_t name, const int64_t step ) const
  {
    const size_t sample = row + static_cast< size_t >( ( step - first ) / interval );
    return values[ name ] + sample * stretch->neurons->size();
  }
};

/* All that a multimeter has sampled, on all threads. Samples of a slice are shown once the next one has begun, as NEST's. */
class Samples
{
public:
  /* Make rows for samples of these neurons. `events` is how many events NEST has written so far: [thread]. */
  void begin_run( const std::shared_ptr< const SampledNeurons >& neurons,
    const SampleTimes& times,
    const std::vector< size_t >& events );

  SampleTarget&
  target()
  {
    return target_;
  }

  /* Say that there are no samples of some columns, in the present simulation. */
  void leave_out( const std::vector< size_t >& columns );

  /* Keep what was sampled until a step, in slices of so many; nothing is done if no simulation has begun. */
  void end_run( int64_t reached, int64_t slice_steps );

  const std::vector< std::unique_ptr< SampleStretch > >&
  stretches() const
  {
    return stretches_;
  }

  /* Whether any simulation has begun. */
  bool
  has_begun() const
  {
    return not counted_.empty();
  }

  /* Number of samples of a thread's neurons until a step that were not counted before. */
  size_t take_new( size_t thread, int64_t until );

  /* Forget samples until a step. */
  void clear( int64_t until );

private:
  /* The first sample that was not counted. */
  struct Counted
  {
    size_t stretch = 0;
    size_t sample = 0;
  };

  static size_t count( const SampleStretch& stretch, size_t thread, size_t begin, size_t end );

  std::vector< std::unique_ptr< SampleStretch > > stretches_;
  std::vector< Counted > counted_; /* [thread] */
  SampleTarget target_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SAMPLES_H */
