/* The neurons of one model on one thread: a block of lanes. */
#ifndef NESTML_JIT_BLOCK_H
#define NESTML_JIT_BLOCK_H

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "nest_time.h"

#include "nest/coupling.h"
#include "nest/failures.h"
#include "nestml_jit_abi.h"
#include "neurons/binding.h"
#include "neurons/history.h"
#include "neurons/ports.h"
#include "neurons/signal_demand.h"
#include "neurons/signals.h"
#include "neurons/store.h"
#include "values/large_memory.h"
#include "values/texts.h"

namespace nestml_jit
{

class Shell;
class NeuronType;
class Block;

/* Something that reads the past of the neurons that it targets. */
class PastReader
{
public:
  virtual ~PastReader() = default;

  /* The earliest step strictly before which it needs only the newest entry. */
  virtual int64_t oldest_needed() const = 0;

  /* Say of which of a block's signals connections may still ask that are behind. */
  virtual void ask_signals( const Block& block, SignalDemand& demand ) const = 0;

  /* Whether it sends events by itself. */
  virtual bool emits() const = 0;

  /* Send the events up to the beginning of a slice, whose presynaptic spikes are all known. */
  virtual void emit_until( int64_t origin ) = 0;
};

/* Recordables are numbered by store column; observables of a kernel from here on. */
constexpr size_t first_observable = size_t( 1 ) << 32;

struct Spike
{
  uint32_t lane;
  uint32_t lag;
};

class Block : public TextHolder
{
public:
  Block( NeuronType& type, size_t thread );

  size_t add( Shell& node, const std::vector< double >& row );

  void read_row( size_t lane, std::vector< double >& row );
  void write( size_t column, size_t lane, double value );
  void add_element( size_t other, bool own );
  void note_moved_set( size_t lane, const std::vector< double >& row );
  std::string take_failure();

  void prepare();
  void fit();
  void refit();
  void update( const nest::Time& origin, long from, long to );

  bool rests() const override;
  void each_text( const std::function< void( double ) >& visit ) const override;

  /* Whether no other node of this block was called before in a slice. */
  bool
  is_due( const nest::Time& origin, const long from ) const
  {
    return origin.get_steps() != last_origin_ or from != last_from_;
  }

  const Layout& layout( size_t lane );
  void note_receptor( size_t lane, bool spikes, size_t number );
  void forget_receptors( size_t lane );
  void check_receptors( size_t lane, const double* row );

  /* Where what goes to a place waits. */
  const Channels&
  channels() const
  {
    return channels_;
  }

  bool relax( const nest::Time& origin, long from, long to );

  /* Take what a gap junction brings to a lane in the slice that begins at a step. */
  void
  add_coupling( const size_t lane, nest::GapJunctionEvent& event, const int64_t slice )
  {
    coupling_.add( lane, event, slice );
  }

  void watch( size_t lane );
  void refresh_frozen();

  double observe( size_t lane, size_t element ) const;
  void recall( size_t tile, int64_t step );

  void
  add_input( const size_t slot, const uint32_t channel, const size_t lane, const double value )
  {
    ring_[ channel * nj_.channel_stride + slot * nj_.lane_stride + lane ] += value;
    hear( channel );
  }

  /* Note that something may arrive at a channel from the present slice on. */
  void
  hear( const uint32_t channel )
  {
    heard_[ channel ] = true;
  }

  /* Whether anything may ever have arrived at a channel. */
  bool
  has_heard( const size_t channel ) const
  {
    return heard_[ channel ] or heard_until_[ channel ] > 0;
  }

  const std::vector< Stretch >& pin( size_t column );

  void add_reader( const std::weak_ptr< PastReader >& reader );
  void begin_past( size_t lane, int64_t step );
  void adopt();

  /* Whether tiles have the layout of the kernel that is attached. */
  bool
  is_fitted() const
  {
    return bound_ and bound_.get() == type_binding();
  }

  /* Whether histories have. */
  bool
  has_fitted_past() const
  {
    return history_of_ and history_of_.get() == type_binding();
  }

  /* Whether some synapse looks at a lane's past. */
  bool
  is_read( const size_t lane ) const
  {
    return lane < read_.size() and read_[ lane ];
  }

  /* What is known of the neurons' past. */
  const History&
  history() const
  {
    return history_;
  }

  /* Note that spikes of a lane are archived for NEST's own plasticity. */
  void
  note_archive()
  {
    has_archives_ = true;
  }

  NeuronType&
  type()
  {
    return type_;
  }

  size_t
  thread() const
  {
    return thread_;
  }

  /* Bytes that the neurons' histories take, and the signals. */
  size_t
  remembered_bytes() const
  {
    return history_.bytes() + signals_.bytes();
  }

  /* What synapse models' deliveries need with the kernel that is attached, if any. */
  const std::map< std::string, BoundDelivery >& bound_deliveries() const;

  /* The newest step up to the beginning of a slice whose signals are there: fewer are while all neurons are frozen. */
  int64_t
  signal_last( const int64_t origin ) const
  {
    return std::min( origin, signals_.written() );
  }

  /* Bytes that the signals take. */
  size_t
  signal_bytes() const
  {
    return signals_.bytes();
  }

  /* Lanes whose past is kept. */
  size_t
  remembered_lanes() const
  {
    return history_.lanes();
  }

  Store&
  store()
  {
    return store_;
  }

  NjBlock&
  nj()
  {
    return nj_;
  }

  Shell&
  node( const size_t lane ) const
  {
    return *nodes_[ lane ];
  }

private:
  struct Replayed;

  const Binding* type_binding() const;
  static void emit( void* host, uint32_t lane, uint32_t lag );
  static void grow( void* host, uint32_t lane );
  static void message( void* host, uint32_t lane, int32_t level, const char* text );
  static void fail( void* host, uint32_t lane, uint32_t lag, const char* what );
  static void out_of_range( void* host,
    uint32_t lane,
    int64_t step,
    const char* vector,
    int64_t index,
    int64_t size,
    const char* synapse,
    uint64_t source );

  void fit_ring();
  LargeVector< double > make_ring( const Channels& channels, size_t slots, size_t stride ) const;
  void fit_channels( const Channels& channels );
  void find_quiet();
  void take_emissions( int64_t origin );
  void begin_slice( const nest::Time& origin );
  void try_slice( uint32_t from, uint32_t to );
  void end_coupled_slice( long from, long to );
  void raise_failure();
  void check_lookups();
  void fit_history();
  Follower follower( const Binding& binding ) const;
  std::vector< int > sources_of( const Binding& binding ) const;
  void replay_new( const std::vector< int >& source );
  Replayed
  find_replayed( const std::string& synapse, const BoundDelivery& delivery, const std::vector< int >& source ) const;
  std::vector< double > parameters_of( const Replayed& replayed, size_t lane ) const;
  size_t find_values( const Replayed& replayed, size_t k, const std::vector< Replayed >& all, size_t lane ) const;
  void replay_lane( const Replayed& replayed, const std::vector< size_t >& from, size_t lane );
  std::vector< double > first_values( size_t lane ) const;
  bool inherit( size_t lane );
  void fit_signals();
  void fit_tiles();
  void fit_coupling();
  void fit_internals( size_t tile, bool refit );
  void check_propagators( size_t tile, size_t lanes );
  void fit_past();
  int64_t longest_delay() const;
  void update_tile( size_t tile, uint32_t from, uint32_t to );
  void update_frozen( size_t tile, uint32_t from, uint32_t to );
  bool is_idle( size_t lane ) const;
  std::vector< std::pair< double*, double > > waiting_input( size_t tile, uint32_t from, uint32_t to );
  void find_frozen();
  void sort_spikes();
  void fetch( size_t lane ) const;
  void send_spikes();
  int64_t oldest_needed();
  SignalDemand signal_demand( int64_t until ) const;
  void keep_signals( int64_t until );
  void make_room_for_signals( int64_t from, int64_t to );
  void stand_still( int64_t until );
  void point_to_signals();
  std::function< void( size_t, int64_t, std::vector< int64_t >& ) > spikes_after() const;
  void watch_signals( const SignalDemand& demand ) const;
  void hold_signals( const std::vector< uint32_t >& lanes, uint32_t from, uint32_t to );

  NjTile
  tile( const size_t t ) const
  {
    return NjTile { pointers_.data() + t * width_,
      static_cast< uint32_t >( t * NJ_TILE ),
      static_cast< uint32_t >( store_.lanes_of_tile( t ) ) };
  }

  NeuronType& type_;
  size_t thread_;
  Store store_;
  History history_;
  Signals signals_;
  NjBlock nj_ {};
  std::shared_ptr< const Binding > bound_; /* what the tiles are fitted to */
  double fitted_h_ = 0.0;
  std::vector< size_t > moved_;                 /* store columns in a history entry */
  std::vector< size_t > before_;                /* the same of those whose values before a spike follow them */
  std::shared_ptr< const Binding > history_of_; /* what histories are fitted to */
  std::vector< bool > read_;                    /* [lane] some synapse has looked at its past, since it was connected */
  std::vector< bool > interfered_;              /* [lane] a user has set moved states */

  /* Of models whose ports can be resized: */
  std::vector< std::shared_ptr< const Layout > > layouts_;               /* [lane] null until somebody asks */
  std::map< std::vector< size_t >, std::weak_ptr< const Layout > > all_; /* by the sizes of the ports */
  std::map< size_t, std::set< std::pair< bool, size_t > > > used_;       /* receptors by lane, and if for spikes */

  std::vector< Shell* > nodes_;
  std::vector< uint64_t > node_ids_;
  LargeVector< double > ring_; /* [channel][slot][lane]: channels at which nothing arrives take no memory */
  size_t ring_slots_ = 0;
  Channels channels_;                  /* of the ring */
  std::vector< unsigned char > heard_; /* [channel] something may have arrived since the last slice */
  std::vector< int64_t > heard_until_; /* [channel] from this step on all of the ring is 0 */
  std::vector< unsigned char > quiet_; /* [channel] as kernels see it */
  LargeVector< double > past_;         /* [step & mask][row][lane] */
  std::vector< size_t > past_columns_; /* store column of each row */
  size_t past_stride_ = 0;             /* lanes per row */
  std::vector< uint32_t > slot_;

  size_t width_ = 0;                     /* pointers per tile */
  std::vector< double* > pointers_;      /* [tile][kernel column] */
  std::vector< double* > recalled_;      /* [kernel column] of the tile whose moved states are wanted */
  std::vector< double* > own_internals_; /* [tile][internal], null until needed */
  std::map< std::vector< const double* >, std::vector< double* > > shared_internals_;

  Coupling coupling_;                  /* by gap junctions */
  std::vector< double > coefficients_; /* memory for a neuron's course */

  std::vector< Spike > spikes_;
  std::vector< Spike > sorted_; /* memory to sort into */
  bool has_archives_ = false;   /* whether NEST's own plasticity wants to know of spikes of any lane */
  std::string failure_;
  std::vector< std::vector< uint32_t > > watched_; /* [tile] lanes with a logger */
  size_t prepared_ = 0;                            /* lanes that were there when NEST prepared nodes */
  std::vector< std::vector< uint32_t > > frozen_;  /* [tile] lanes that are frozen, or not prepared yet */
  bool frozen_stale_ = true;
  bool tables_stale_ = true; /* NEST may have made its tables anew */
  int64_t recorded_step_ = 0;

  int64_t last_origin_ = -1;
  long last_from_ = -1;
  std::vector< std::weak_ptr< PastReader > > readers_;
  bool have_emitters_ = false; /* among them */
  int64_t needed_ = INT64_MIN;
  int64_t needed_at_ = -1;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_BLOCK_H */
