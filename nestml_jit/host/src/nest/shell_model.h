/* The node model of shells, as NEST keeps it. */
#ifndef NESTML_JIT_SHELL_MODEL_H
#define NESTML_JIT_SHELL_MODEL_H

#include <memory>
#include <string>

#include "genericmodel.h"

#include "nest/shell.h"
#include "neurons/neuron_type.h"

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
    type_->defaults().follow_resolution();
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

#endif /* NESTML_JIT_SHELL_MODEL_H */
