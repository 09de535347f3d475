/* The C interface: what recorders have recorded, as columns. */
#include "api/api.h"

#include "nest/recordings.h"
#include "nest/time_slices.h"

using namespace nestml_jit;

namespace
{

/* Give Python a column: where it is, its size, and what keeps its memory alive until it is given to nj_memory_drop. */
template < typename T >
void
give( const SharedColumn< T >& column, const void** const data, uint64_t* const size, void** const memory )
{
  *data = column.data();
  *size = column.size();
  *memory = new std::shared_ptr< double >( column.share(), nullptr );
}

} // namespace

/* How a recorder's events are kept: a RecordingKind, or -1 after an error. */
NJ_API int
nj_recording_kind( const uint64_t device )
{
  int kind = -1;
  guarded( [ & ] { kind = static_cast< int >( recording_kind( device ) ); } );
  return kind;
}

/* A column of events on a thread: 0 senders, 1 times in ms, 2 steps, 3 offsets in ms. Columns that are not kept are empty. */
NJ_API int
nj_recorded_events( const uint64_t device,
  const uint32_t thread,
  const int column,
  const void** const data,
  uint64_t* const size,
  void** const memory )
{
  return guarded(
    [ & ]
    {
      const EventRows& rows = recorded_events( device, thread );
      switch ( column )
      {
      case 0:
        return give( rows.senders(), data, size, memory );
      case 1:
        return give( rows.times(), data, size, memory );
      case 2:
        return give( rows.steps(), data, size, memory );
      default:
        return give( rows.offsets(), data, size, memory );
      }
    } );
}

/* Whether times are kept in steps. */
NJ_API int
nj_recorded_in_steps( const uint64_t device )
{
  bool in_steps = false;
  guarded( [ & ] { in_steps = recorded_events( device, 0 ).are_in_steps(); } );
  return in_steps;
}

/* Size of a stretch of samples, as far as it is shown: 1 if there is one, 0 if not, -1 after an error. What is sampled is
 * left in `nj_returned`, a line for each name. */
NJ_API int
nj_samples_size( const uint64_t device, const uint32_t stretch, uint64_t* const samples, uint64_t* const neurons )
{
  bool is_there = false;
  const int failed = guarded(
    [ & ]
    {
      const SampleStretch* const found = recorded_samples( device, stretch );
      is_there = found;
      if ( found )
      {
        *samples = found->size_until( shown_until() );
        *neurons = found->neurons->size();
        thread_state().text.clear();
        for ( const std::string& name : found->neurons->names )
        {
          thread_state().text += name + "\n";
        }
      }
    } );
  return failed ? -1 : is_there;
}

/* Fill arrays with the node IDs of a stretch's neurons, and the steps of its samples and their times in ms. */
NJ_API int
nj_samples_axes( const uint64_t device,
  const uint32_t stretch,
  int64_t* const ids,
  int64_t* const steps,
  double* const times )
{
  return guarded(
    [ & ]
    {
      const SampleStretch& found = *recorded_samples( device, stretch );
      std::copy( found.neurons->ids.begin(), found.neurons->ids.end(), ids );
      const size_t samples = found.size_until( shown_until() );
      for ( size_t sample = 0; sample < samples; ++sample )
      {
        steps[ sample ] = found.stamps[ sample ];
        times[ sample ] = ms_of_step( found.stamps[ sample ] );
      }
    } );
}

/* Values of a stretch: [sample][neuron], those that are not shown yet at the end. */
NJ_API int
nj_samples_values( const uint64_t device,
  const uint32_t stretch,
  const uint32_t name,
  const void** const data,
  uint64_t* const size,
  void** const memory )
{
  return guarded( [ & ] { give( recorded_samples( device, stretch )->values.at( name ), data, size, memory ); } );
}
