/* The columnar connector: all connections of one synapse model on one thread. */
#ifndef NESTML_JIT_CONNECTOR_H
#define NESTML_JIT_CONNECTOR_H

#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "connector_base.h"

#include "nest/mirror.h"
#include "nest/recordables.h"
#include "neurons/neuron_type.h"
#include "past/recollection.h"
#include "signals/signals.h"
#include "synapses/index_column.h"
#include "synapses/modulation.h"
#include "synapses/places.h"
#include "synapses/synapse_columns.h"
#include "values/description.h"
#include "values/large_memory.h"
#include "values/texts.h"

namespace nestml_jit
{

class SynapseModel;
class ColumnarConnector;

/* Live connectors of a model on a thread; both sides hold it, for either may go first. */
struct ConnectorList
{
  std::vector< ColumnarConnector* > connectors;
};

/* Number of the current simulation; what depends on kernels or delays is looked up anew in each. */
uint64_t& binding_epoch();

/* Whether connections are to show what they would be if they were up to date. */
bool& showing_now();

class ColumnarConnector : public nest::ConnectorBase, public TextHolder
{
public:
  ColumnarConnector( nest::synindex syn_id, SynapseModel& model );
  ~ColumnarConnector() override;

  /* Add a connection. `row` holds the variables; the target must have been checked. */
  void
  push_back( nest::Node& target, size_t rport, uint32_t delay_steps, const std::vector< double >& row, long label );

  /* Give columns the modes that a kernel wants; never narrows what was set per connection. */
  void apply_mode( size_t column, SynapseColumn::Mode mode );

  /* Whether a variable has one value for all connections, which is then stored in `value`. */
  /* The weight of a connection, if that is a variable. */
  double weight( size_t lcid ) const;
  bool is_uniform( size_t column, bool& seen, double& value ) const;

  /* Make room for the longest delay with which equations read variables; values that are kept already stay. */
  void fit_past();

  void set_common( size_t column, double value );

  /* Give connections that the kernels know what their targets have kept for them, as long as these kernels are
   * there. */
  void seed_known();

  /* The same for all connections onto neurons of a model, or (null) onto NEST's own, to which this synapse model is
   * new. */
  void seed_all( const NeuronType* type );

  /* Fill columns that the neurons of a type kept so far, before another kernel keeps them per connection. */
  void take_back( const NeuronType& type, const std::vector< std::string >& columns );

  /* Process all that has reached the connections until the beginning of a slice, and send what that leads to. */
  void emit_until( int64_t origin );

  /* Put all variables of a connection, as they would be now, into a row. */
  void show_now( size_t lcid, std::vector< double >& row );

  bool rests() const override;
  void each_text( const std::function< void( double ) >& visit ) const override;

  // --- what NEST asks of a connector -----------------------------------------------------------------

  nest::synindex
  get_syn_id() const override
  {
    return syn_id_;
  }

  size_t
  size() const override
  {
    return places_.size();
  }

  void get_synapse_status( const size_t tid, const size_t lcid, Dictionary& d ) const override;
  void set_synapse_status( const size_t lcid, const Dictionary& d, nest::ConnectorModel& cm ) override;
  void get_connection( const size_t source_node_id,
    const size_t target_node_id,
    const size_t tid,
    const size_t lcid,
    const long synapse_label,
    std::deque< nest::ConnectionID >& conns ) const override;
  void get_connection_with_specified_targets( const size_t source_node_id,
    const std::vector< size_t >& target_neuron_node_ids,
    const size_t tid,
    const size_t lcid,
    const long synapse_label,
    std::deque< nest::ConnectionID >& conns ) const override;
  void get_all_connections( const size_t source_node_id,
    const size_t target_node_id,
    const size_t tid,
    const long synapse_label,
    std::deque< nest::ConnectionID >& conns ) const override;
  void
  get_source_lcids( const size_t tid, const size_t target_node_id, std::vector< size_t >& source_lcids ) const override;
  void get_target_node_ids( const size_t tid,
    const size_t start_lcid,
    const std::string& post_synaptic_element,
    std::vector< size_t >& target_node_ids ) const override;
  size_t get_target_node_id( const size_t tid, const unsigned int lcid ) const override;
  void send_to_all( const size_t tid, const std::vector< nest::ConnectorModel* >& cm, nest::Event& e ) override;
  size_t
  send( const size_t tid, const size_t lcid, const std::vector< nest::ConnectorModel* >& cm, nest::Event& e ) override;
  void send_weight_event( const size_t tid,
    const unsigned int lcid,
    nest::Event& e,
    const nest::CommonSynapseProperties& ) override;
  void trigger_update_weight( const long vt_node_id,
    const size_t tid,
    const std::vector< nest::spikecounter >& spikes,
    const double t_trig,
    const std::vector< nest::ConnectorModel* >& cm ) override;
  void sort_connections( BlockVector< nest::Source >& sources ) override;
  void set_source_has_more_targets( const size_t lcid, const bool more ) override;
  size_t find_first_target( const size_t tid, const size_t start_lcid, const size_t target_node_id ) const override;
  size_t find_enabled_connection( const size_t tid,
    const size_t syn_id,
    const size_t source_node_id,
    const size_t target_node_id,
    const nest::SourceTable& source_table ) const override;
  void disable_connection( const size_t lcid ) override;
  void remove_disabled_connections( const size_t first_disabled_index ) override;

private:
  struct Seeding;
  class Following;

  /* A block and receptor that connections go to; `block` is null for nodes that are not ours. */
  struct Target
  {
    Block* block;
    size_t rport; /* for spikes of ours the route of the receptor, whose number may differ between neurons */
    uint64_t epoch = 0;
    const BoundDelivery* bound = nullptr;
    NjDelivery delivery {};
    std::vector< size_t > column;        /* our column of each of the delivery's */
    std::vector< uint64_t > slot_offset; /* [lag][delay index] */
    std::vector< bool > slot_known;      /* [lag] */
    int64_t slots_of = INT64_MIN;        /* the slice that slot_offset belongs to */
  };

  /* Keeps the connections' past alive in the blocks that they read. */
  class Reader : public PastReader
  {
  public:
    explicit Reader( ColumnarConnector& connector )
      : connector_( connector )
    {
    }

    int64_t oldest_needed() const override;
    void ask_signals( const Block& block, SignalDemand& demand ) const override;

    bool emits() const override;
    void emit_until( int64_t origin ) override;

  private:
    ColumnarConnector& connector_;
  };

  /* Where events go that connections emit by themselves. */
  struct Emitter
  {
    ColumnarConnector* connector;
    Target* target;
    size_t first; /* connection that a kernel calls number 0 */
  };

  /* Who asks for what of a block's signals. */
  struct Asking
  {
    const Block* block;
    const BoundDelivery* bound;
    SignalDemand* demand;
    std::vector< size_t > modulation; /* the demand's number of each modulatory port */
  };

  /* Which connections share a past: numbers of segments, and beyond them numbers of new groups,
   * whose "source" variables start with the values in `starts`. */
  struct Grouping
  {
    LargeVector< uint32_t > group; /* [connection], or empty if there is one group only */
    std::vector< std::vector< double > > starts;

    uint32_t
    of( const size_t lcid ) const
    {
      return group.empty() ? 0 : group[ lcid ];
    }
  };

  /* What decides about a connection's place among those of its source. */
  struct SortKey
  {
    uint64_t key;
    uint32_t group;
    uint32_t lcid;

    bool
    operator<( const SortKey& other ) const
    {
      return group != other.group ? group < other.group : key != other.key ? key < other.key : lcid < other.lcid;
    }
  };

  /* A connection apart from others, to let time pass for it; `values` are copies of its variables. */
  struct Apart
  {
    Target* target;
    NjRun view;
    std::vector< double > values; /* [column of the delivery] */
  };

  /* One of several events that a connection emitted for a spike. */
  struct Emission
  {
    uint32_t number; /* of the connection in what is delivered at once */
    uint32_t repeat; /* of several spikes at once */
    double weight;
  };

  /* Runs and segments while they are made. */
  struct Index
  {
    std::vector< Run > runs;
    std::vector< Segment > segments;
    std::vector< LargeVector< double > > source_values; /* [column] one per segment */
  };

  uint32_t target_of( nest::Node& node, size_t rport );
  uint32_t foreign_lane( nest::Node& node );
  uint16_t delay_index( uint32_t steps );
  uint32_t kind( size_t lcid ) const;
  size_t run_of( size_t lcid ) const;
  void index_runs();
  void split_disabled();
  nest::Node& node( size_t lcid ) const;
  size_t receptor( size_t lcid ) const;
  double value( size_t column, size_t lcid ) const;
  template < typename Test >
  bool agree( const SynapseColumn& column, Test test ) const;
  long label( size_t lcid ) const;
  void set_label( size_t lcid, long label );
  void append( SynapseColumn& column, double value );
  void set_value( size_t column, size_t lcid, double value );
  void expand_kinds();
  void index( const std::vector< uint32_t >& sources, const Grouping& grouping );
  void index_source( Index& made, uint32_t source, size_t first, size_t end, const Grouping& grouping ) const;
  void add_segment( Index& made, const Grouping& grouping, uint32_t group ) const;
  void index_unsorted( const std::vector< uint32_t >& sources );
  void follow_stretches();
  Grouping groups() const;
  void group_new( Grouping& grouping ) const;
  std::vector< double > start( size_t lcid ) const;
  void sort_source( size_t first, size_t end, Grouping& grouping, const std::vector< uint16_t >& rank );
  template < typename Change >
  void for_each_array( Grouping& grouping, const Change& change );
  std::vector< SynapseColumn* > per_connection();
  int64_t past_steps( const PastRead& read, const std::vector< double >& row ) const;
  int64_t longest_past() const;
  void forget_bindings();
  void bind( Target& target );
  static void activate_channels( const Target& target );
  const uint64_t* slot_offsets( Target& target, int64_t t_spike, int64_t origin );
  const BoundDelivery* attached( const Target& target ) const;
  const BoundDelivery* keeping( const Target& target ) const;
  std::vector< double > look_at( const BoundDelivery& bound, size_t lcid, int64_t step );
  bool is_untouched( size_t column, size_t lcid ) const;
  bool look( size_t lcid, std::vector< double >& row, int64_t step );
  Seeding seeding( const Target& target ) const;
  template < typename Wanted >
  void seed( size_t first, Wanted wanted );
  void seed_connection( size_t lcid, const Seeding& seeding );
  void give( size_t lcid, const std::vector< size_t >& columns, const std::vector< double >& values );
  std::vector< double > replayed( size_t lcid, const Seeding& seeding );
  void take_archived( double& trace_value,
    const Seeding& seeding,
    size_t k,
    const std::vector< double >& parameters,
    uint32_t lane,
    int64_t step ) const;
  bool is_alike( Run& run );
  void forget_alike( size_t lcid );
  NjRun view( Run& run, const Target& target );
  NjRun
  part_of( const NjRun& whole, const Target& target, const std::vector< double* >& columns, size_t begin, size_t size );
  void equip( NjRun& part, const Run& run, Target& target, size_t begin );
  int64_t done( const Run& run, size_t lcid ) const;
  bool is_plain( const Run& run, const Target& target ) const;
  void deliver_parts( const Run& run, Target& target, const NjRun& whole );
  const History* past_of( const Target& target ) const;
  void deliver( Run& run, nest::Event& e, int64_t t_spike, int64_t origin, size_t multiplicity );
  void deliver_to_foreign( Run& run, nest::Event& e, int64_t origin );
  void send_caught( size_t first, size_t size, nest::SpikeEvent& e );
  void finish_segment( const Run& run, int64_t t_spike );
  void take_modulation();
  void forget_modulation();
  void catch_up( size_t lcid );
  void bring( size_t lcid, int64_t until, int64_t told );
  void set_delay( size_t lcid, double delay );
  bool reads_signals( size_t lcid ) const;
  void ask_signals( const Block& block, SignalDemand& demand );
  void ask_signals( size_t first, size_t size, int64_t since, const Asking& asking ) const;
  int64_t settle( size_t lcid, std::vector< double >& row );
  void show( size_t lcid, std::vector< double >& row );
  void raise_failure( size_t lcid );
  static void put( const Apart& apart, std::vector< double >& row );
  uint64_t source_id( const Run& run );
  Target& prepare_advance( Run& run, size_t lcid, int64_t until );
  bool can_pass( size_t lcid ) const;
  Apart set_apart( size_t lcid, int64_t until );
  bool pass( Apart& apart, int64_t until, int64_t told );
  void read_pasts( const Run& run, int64_t until );
  void sweep( int64_t origin );
  void prepare_mirror( const Binding& binding );
  void follow( nest::Node& node, size_t thread );
  void fetch_signals();
  void send_event( size_t lcid, nest::Event& e, double weight );
  void record_weight( size_t lcid, double weight, nest::Event& e );
  void record_weights( const Run& run, nest::Event& e );
  void record_notes( const Run& run, nest::Event& e );
  void let_emit( Target& target, size_t first );
  static void emit( void* emitter, uint32_t number, int64_t step, double weight );
  void emit( Target& target, size_t lcid, int64_t step, double weight );
  void fit_mirror();
  void emit_until( Run& run, int64_t origin );
  void send_notes( size_t first, size_t size, nest::SpikeEvent& e );
  static void note( void* notes, uint32_t number, uint32_t repeat, double weight );
  void fetch( size_t lcid ) const;
  size_t send_runs( size_t first_run, nest::Event& e );

  nest::synindex syn_id_;
  SynapseModel* model_;
  std::shared_ptr< ConnectorList > list_;
  std::shared_ptr< Reader > reader_;

  Places places_;    /* lane of the target in its block, or index into foreign_; index into delay_steps_ */
  IndexColumn kind_; /* index into targets_; of connections from indexed_ on */
  std::vector< SynapseColumn > columns_; /* of the variables, then what is kept of their past: newest values first */
  size_t past_ = 0;                      /* values that are kept of each variable that is read with a delay */
  SynapseColumn label_;
  SynapseColumn ahead_; /* step up to which single connections were brought, where that is behind their segments' */
  std::vector< Target > targets_;
  std::vector< nest::Node* > foreign_; /* targets that are not ours */
  Mirror::Lanes foreign_lookup_;
  std::unique_ptr< Mirror > mirror_;       /* of foreign_, if the synapse has dynamics */
  std::unique_ptr< Following > following_; /* of foreign_, if the synapse reads their variables */
  int64_t swept_ = 0;                      /* step of the last sweep */
  std::vector< uint32_t > delay_steps_;
  std::unordered_map< uint32_t, uint16_t > delay_lookup_;
  uint16_t last_delay_ = 0; /* index that was looked up last */

  size_t indexed_ = 0; /* connections that the runs cover */
  int64_t since_ = 0;  /* step at which the first of the others was made: their past begins there */
  std::vector< Run > runs_;
  std::vector< uint32_t > first_run_; /* [lcid >> stretch_] */
  unsigned int stretch_ = 0;
  std::vector< Segment > segments_;
  std::vector< unsigned char > more_; /* [lcid] if NEST does not sort: the next one belongs to the same stretch */
  bool stretches_stale_ = false;      /* whether NEST has said so since runs were made */
  std::set< size_t > disabled_;
  bool split_ = true;                          /* whether the runs know of all that are disabled */
  std::vector< SortKey > keys_;                /* scratch for a source's connections */
  std::vector< ModulatorySpikes > modulatory_; /* [modulatory port] */
  std::vector< NjModulation > modulation_;     /* the same as kernels see it */
  size_t modulation_kept_ = 0;                 /* how many were left when some were forgotten the last time */
  int64_t due_ = INT64_MIN;                    /* what users see must be no older than this step */
  int64_t told_ = INT64_MIN;                   /* up to this step modulatory spikes are known */

  std::vector< double* > pointers_;   /* scratch for a run's columns */
  Recollection recollection_;         /* scratch for pasts that are not at hand */
  std::vector< uint64_t > no_offset_; /* [delay index] zeros: a mirror's ring has one slot */

  nest::weight_recorder* recorder_ = nullptr; /* of the events that are being sent, or null */
  std::vector< double > emitted_;             /* the weight of each of a run's events; NaN if there was none */
  Emitter emitter_ { this, nullptr, 0 };
  std::vector< Emission > notes_; /* all of them, where there may be several for one spike */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_CONNECTOR_H */
