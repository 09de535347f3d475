#include "nest/fused_spike_recorders.h"

#include <algorithm>
#include <typeinfo>

#include "event.h"
#include "kernel_manager.h"
#include "spike_recorder.h"

#include "nest/device_rows.h"
#include "nest/recording_devices.h"
#include "nest/shell.h"
#include "nest/threads.h"

namespace nestml_jit
{

namespace
{

/* An event that notes the recorders of spikes that it is sent to, and whether there are other nodes. */
class RecorderProbe : public nest::SpikeEvent
{
public:
  void
  operator()() override
  {
    nest::Node& node = get_receiver();
    if ( typeid( node ) == typeid( nest::spike_recorder ) )
    {
      recorders.push_back( &static_cast< nest::spike_recorder& >( node ) );
    }
    else
    {
      finds_others = true;
    }
  }

  std::vector< nest::RecordingDevice* > recorders;
  bool finds_others = false;
};

} // namespace

// --- what there is to record -----------------------------------------------------------------------------

FusedSpikeRecorders::FusedSpikeRecorders()
  : threads_( number_of_threads() )
{
  for ( size_t thread = 0; thread < threads_.size(); ++thread )
  {
    find( thread );
  }
}

bool
FusedSpikeRecorders::are_current() const
{
  const auto records = []( const Recorder& recorder ) { return are_in_memory( { recorder.device } ); };
  return threads_.size() == number_of_threads()
    and std::all_of( threads_.begin(),
      threads_.end(),
      [ & ]( const Thread& thread )
      { return std::all_of( thread.recorders.begin(), thread.recorders.end(), records ); } );
}

/* Find the neurons of a thread whose spikes go to recorders only. */
void
FusedSpikeRecorders::find( const size_t thread )
{
  for_each_block( thread,
    [ & ]( Block& block )
    {
      block.slice().recorded_spikes().clear();
      std::vector< std::vector< uint32_t > > numbers( block.nodes().size() );
      bool any = false;
      for ( size_t lane = 0; lane < numbers.size(); ++lane )
      {
        const size_t place = place_in_thread( block.nodes()[ lane ].get_node_id() );
        if ( read_row( thread, place, numbers[ lane ] ) )
        {
          threads_[ thread ].hidden.push_back( place );
          any = true;
        }
      }
      if ( any )
      {
        block.slice().recorded_spikes().set_lanes( numbers );
        threads_[ thread ].blocks.push_back( &block );
      }
    } );
  Thread& own = threads_[ thread ];
  if ( own.hidden.empty() )
  {
    return;
  }
  const auto& rows = rows_to_devices( thread );
  own.rows.resize( rows.size() );
  std::vector< bool > is_hidden( rows.size(), false );
  for ( const size_t place : own.hidden )
  {
    is_hidden[ place ] = true;
  }
  for ( size_t place = 0; place < rows.size(); ++place )
  {
    if ( not rows[ place ].empty() and not is_hidden[ place ] )
    {
      own.shown.push_back( place );
    }
  }
}

/* Find the numbers of the recorders that a row of connections leads to; false if it leads elsewhere, or nowhere. */
bool
FusedSpikeRecorders::read_row( const size_t thread, const size_t place, std::vector< uint32_t >& numbers )
{
  const auto& row = rows_to_devices( thread )[ place ];
  RecorderProbe probe;
  for ( size_t model = 0; model < row.size(); ++model )
  {
    if ( not row[ model ] )
    {
      continue;
    }
    if ( not just_passes_on( thread, model ) )
    {
      return false;
    }
    row[ model ]->send_to_all( thread, nest::kernel().model_manager.get_connection_models( thread ), probe );
  }
  if ( probe.finds_others or probe.recorders.empty() or not are_in_memory( probe.recorders ) )
  {
    return false;
  }
  for ( nest::RecordingDevice* const device : probe.recorders )
  {
    numbers.push_back( number_of( thread, *device ) );
  }
  return true;
}

/* The number of a recorder among those of a thread. */
uint32_t
FusedSpikeRecorders::number_of( const size_t thread, nest::RecordingDevice& device )
{
  Thread& own = threads_[ thread ];
  const auto [ place, is_new ] = own.numbers.emplace( &device, static_cast< uint32_t >( own.recorders.size() ) );
  if ( is_new )
  {
    own.recorders.push_back( { &device, &MemoryBackend::install().rows( device ) } );
  }
  return place->second;
}

// --- a simulation -------------------------------------------------------------------------------------------

void
FusedSpikeRecorders::begin_run()
{
  for ( Thread& thread : threads_ )
  {
    std::vector< SpikeRecorder > recorders;
    for ( const Recorder& recorder : thread.recorders )
    {
      const auto [ begin, end ] = active_steps( *recorder.device );
      recorders.push_back( { recorder.rows, begin, end } );
    }
    for ( Block* const block : thread.blocks )
    {
      block->slice().recorded_spikes().set_recorders( recorders );
    }
  }
}

void
FusedSpikeRecorders::swap_rows()
{
  for ( size_t thread = 0; thread < threads_.size(); ++thread )
  {
    Thread& own = threads_[ thread ];
    if ( own.hidden.empty() )
    {
      continue;
    }
    auto& rows = rows_to_devices( thread );
    rows.swap( own.rows );
    for ( const size_t place : own.shown )
    {
      rows[ place ].swap( own.rows[ place ] );
    }
  }
}

void
FusedSpikeRecorders::end_run()
{
  for ( const Thread& thread : threads_ )
  {
    for ( const Recorder& recorder : thread.recorders )
    {
      recorder.rows->settle();
      counted_events( *recorder.device ) += recorder.rows->take_spikes();
    }
  }
}

} // namespace nestml_jit
