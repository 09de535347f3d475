/* The node shell: a NEST node that is a lane of a block. */
#ifndef NESTML_JIT_SHELL_H
#define NESTML_JIT_SHELL_H

#include <string>
#include <typeinfo>
#include <vector>

#include "connection.h"
#include "event.h"

#include "nest/archiving_shell.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

class Shell : public ArchivingShell
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
  void update_synaptic_elements( double t ) override;

  /* Called by the block for each spike, in order of time. */
  void spiked( long lag, size_t multiplicity );

  /* Value of a recordable, for the logger. */
  double get_state_element( size_t element ) const;

private:
  void init_buffers_() override;
  void store( const std::vector< double >& row, const std::vector< bool >& given );
};

/* A node as the lane of a block that it is, or null. */
inline Shell*
as_shell( nest::Node& node )
{
  return typeid( node ) == typeid( Shell ) ? static_cast< Shell* >( &node ) : nullptr;
}

} // namespace nestml_jit

#endif /* NESTML_JIT_SHELL_H */
