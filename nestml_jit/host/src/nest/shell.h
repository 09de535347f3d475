/* The node shell: a NEST node that is a lane of a block. */
#ifndef NESTML_JIT_SHELL_H
#define NESTML_JIT_SHELL_H

#include <memory>

#include "connection.h"
#include "event.h"
#include "node.h"
#include "recordables_map.h"
#include "universal_data_logger_impl.h"

#include "nest/archive.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

class Shell : public nest::Node
{
public:
  /* The prototype of a model. */
  explicit Shell( NeuronType& type );

  /* A new lane of a block. */
  explicit Shell( Block& block );

  Shell( const Shell& ) = delete;

  bool has_proxies() const override;

  using nest::Node::handle;
  using nest::Node::handles_test_event;
  using nest::Node::sends_secondary_event;

  size_t send_test_event( nest::Node& target, size_t receptor, nest::synindex, bool ) override;
  size_t handles_test_event( nest::SpikeEvent&, size_t receptor ) override;
  size_t handles_test_event( nest::CurrentEvent&, size_t receptor ) override;
  size_t handles_test_event( nest::DataLoggingRequest&, size_t receptor ) override;
  size_t handles_test_event( nest::GapJunctionEvent&, size_t receptor ) override;
  void sends_secondary_event( nest::GapJunctionEvent& ) override;
  void handle( nest::SpikeEvent& ) override;
  void handle( nest::CurrentEvent& ) override;
  void handle( nest::DataLoggingRequest& ) override;
  void handle( nest::GapJunctionEvent& ) override;

  void get_status( Dictionary& ) const override;
  void set_status( const Dictionary& ) override;
  std::string
  get_element_type() const override
  {
    return "neuron";
  }

  void pre_run_hook() override;
  void update( const nest::Time&, const long, const long ) override;
  bool wfr_update( const nest::Time&, const long, const long ) override;

  void register_stdp_connection( double t_first_read, double delay ) override;
  double get_K_value( double t ) override;
  void get_K_values( double t, double& Kminus, double& nearest_neighbor_Kminus, double& Kminus_triplet ) override;
  void get_history( double t1,
    double t2,
    std::deque< nest::histentry >::iterator* start,
    std::deque< nest::histentry >::iterator* finish ) override;

  double get_Ca_minus() const override;
  double get_synaptic_elements( std::string ) const override;
  int get_synaptic_elements_vacant( std::string ) const override;
  int get_synaptic_elements_connected( std::string ) const override;
  std::map< std::string, double > get_synaptic_elements() const override;
  void update_synaptic_elements( double t ) override;
  void decay_synaptic_elements_vacant() override;
  void connect_synaptic_element( std::string name, int n ) override;

  /* Called by the block for each spike, in order of time; before that, if any lane has an archive. */
  void spiked( long lag, size_t multiplicity );
  void archive_spike( const nest::Time& stamp );

  /* Called by the block after a step in which a multimeter may want data. */
  void record( long step );

  /* Value of a recordable, for the logger. */
  double get_state_element( size_t element ) const;

  /* Whether what was last connected to a neuron on this thread sends it spikes. */
  static bool& last_sends_spikes();

  NeuronType&
  type() const
  {
    return *type_;
  }

  Block*
  block() const
  {
    return block_;
  }

  Past archived_past( int64_t now ) const;

  size_t
  lane() const
  {
    return lane_;
  }

private:
  void init_buffers_() override;
  Archive& archive();

  /* What few neurons need. */
  struct Extras
  {
    explicit Extras( Shell& shell )
      : logger( shell )
    {
    }

    nest::DynamicRecordablesMap< Shell > recordables;
    nest::DynamicUniversalDataLogger< Shell > logger;
    std::unique_ptr< Archive > archive;
  };

  Extras& extras();

  NeuronType* type_;
  Block* block_ = nullptr;
  size_t lane_ = 0;
  std::unique_ptr< Extras > extras_;
};

} // namespace nestml_jit

namespace nest
{

/* The node model of shells: it allocates lanes, and each model of a name has its own type. */
template <>
class GenericModel< nestml_jit::Shell > : public Model
{
public:
  GenericModel( const std::string& name, const std::string& deprecation_info );
  GenericModel( const GenericModel& other, const std::string& name );
  ~GenericModel() override;

  Model* clone( const std::string& name ) const override;

  bool
  has_proxies() override
  {
    return true;
  }
  bool
  one_node_per_process() override
  {
    return false;
  }
  bool
  is_off_grid() override
  {
    return false;
  }
  void
  calibrate_time( const TimeConverter& ) override
  {
    type_->follow_resolution();
  }

  size_t
  send_test_event( Node& target, size_t receptor, synindex syn_id, bool dummy_target ) override
  {
    return prototype_->send_test_event( target, receptor, syn_id, dummy_target );
  }
  void
  sends_secondary_event( GapJunctionEvent& e ) override
  {
    prototype_->sends_secondary_event( e );
  }
  void
  sends_secondary_event( InstantaneousRateConnectionEvent& e ) override
  {
    prototype_->sends_secondary_event( e );
  }
  void
  sends_secondary_event( DiffusionConnectionEvent& e ) override
  {
    prototype_->sends_secondary_event( e );
  }
  void
  sends_secondary_event( DelayedRateConnectionEvent& e ) override
  {
    prototype_->sends_secondary_event( e );
  }
  void
  sends_secondary_event( LearningSignalConnectionEvent& e ) override
  {
    prototype_->sends_secondary_event( e );
  }
  void
  sends_secondary_event( SICEvent& e ) override
  {
    prototype_->sends_secondary_event( e );
  }
  SignalType
  sends_signal() const override
  {
    return prototype_->sends_signal();
  }
  size_t
  get_element_size() const override
  {
    return sizeof( nestml_jit::Shell );
  }
  Node const&
  get_prototype() const override
  {
    return *prototype_;
  }
  void
  set_model_id( int id ) override
  {
    prototype_->set_model_id( id );
  }
  int
  get_model_id() override
  {
    return prototype_->get_model_id();
  }
  void
  deprecation_warning( const std::string& ) override
  {
  }

private:
  void
  set_status_( const Dictionary& d ) override
  {
    prototype_->set_status( d );
  }
  Dictionary get_status_() override;
  Node* create_() override;

  std::unique_ptr< nestml_jit::NeuronType > type_;
  std::unique_ptr< nestml_jit::Shell > prototype_;
};

} // namespace nest

#endif /* NESTML_JIT_SHELL_H */
