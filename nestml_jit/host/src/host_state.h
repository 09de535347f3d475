/* What the host keeps beside nodes and connections: all of its mutable globals, with who writes and who reads them.
 *
 * NEST simulates with several threads; Python's calls come from one, while no other runs. "Python" below stands for
 * the C interface in `api/`. What is not marked as shared is written only while one thread runs. */
#ifndef NESTML_JIT_HOST_STATE_H
#define NESTML_JIT_HOST_STATE_H

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "generation.h"
#include "nest/device_rows.h"
#include "nest/interrupt.h"
#include "neurons/journal.h"
#include "signals/signal_budget.h"
#include "values/description.h"
#include "values/texts.h"

namespace nestml_jit
{

class Front;
class FusedGenerators;
class FusedRecorders;
class Mirror;
class NeuronType;
class Recordables;
class Walk;

/* Ports of a synapse model for third factors, each with the variable that it reads. */
using PortNames = std::vector< std::pair< std::string, std::string > >;

/* Names of two models: a neuron's and a synapse's. */
using Pair = std::pair< std::string, std::string >;

struct HostState
{
  HostState();

  /* Let go of what belonged to a kernel that was reset; called by Python after NEST has destroyed it. */
  void forget_kernel();

  // --- for the life of the process -------------------------------------------------------------------

  /* Descriptions of models. Python adds to them and says which one NEST constructs next; models keep theirs. */
  Registry descriptions;

  /* Texts by number. Shared: models make texts while they are simulated, and it forgets those by itself. */
  Texts texts;

  /* Memory of third factors. Shared: blocks count it as it changes. Python sets the limit. */
  SignalBudget signal_budget;

  /* Entries of a neuron's history from which on older ones are packed. Python sets it; histories read it. */
  uint32_t history_limit = 64;

  /* Who listens for Ctrl-C, and what kernels ask. Python begins and ends it; the signal's handler writes it. */
  InterruptWatch interrupts;

  /* Blocks generate what generators of NEST's would send to them. Python sets it. */
  bool fuses_generators = true;

  /* Connections of NEST's static synapse onto neurons of ours are stored in columns. Python sets it. */
  bool stores_static_synapses = true;

  // --- for the life of a kernel of NEST's: `forget_kernel` resets it, or its owners do as NEST destroys them -----

  /* Counts kernels, so that what Python holds of an earlier one is refused. */
  uint64_t kernel_epoch = 0;

  /* Counts attachments and simulations. Connectors look up anew what they looked up under another number. */
  uint64_t binding_epoch = 1;

  /* Counts changes that the binding of kernels may depend on. Shared: models, nodes and connections raise it, Python
   * for what it keeps itself; Python settles it as a simulation begins. */
  Generation generation;

  /* Counts changes of connections that devices may send along. Shared, as `generation`; what takes generators over
   * settles it. */
  Generation device_connections;

  /* How often connections of devices were read. What takes generators over counts it. */
  uint64_t device_readings = 0;

  /* Parameters of devices may have been set since the last simulation. Python sets it. */
  bool devices_were_set = false;

  /* Generators whose sending is taken over while NEST simulates, null if none is. Written as `fronts`. */
  std::unique_ptr< FusedGenerators > fused_generators;

  /* Counts connections between our neurons and recorders. Shared: `Connect` runs on all threads. */
  std::atomic< uint64_t > recorder_changes { 0 };

  /* What blocks record, null before there is anything. Written as `fronts`. */
  std::unique_ptr< FusedRecorders > fused_recorders;

  /* Neuron types that are registered, by name: each adds and removes itself. */
  std::map< std::string, NeuronType* > neuron_types;

  /* Pairs that were connected since Python last took them; the neuron model "" stands for all of NEST's own, for
   * what a synapse does to them does not depend on which it is. Shared: `Connect` runs on all threads. */
  std::set< Pair > new_pairs;

  /* Why neurons cannot be targets of a synapse model. Python writes it before `Connect`, which reads it. */
  std::map< Pair, std::string > refused_pairs;

  /* What synapse models read of NEST's own neurons, by their names. Written and read as `refused_pairs`. */
  std::map< std::string, PortNames > read_recordables;

  /* NEST's table of connections to devices. Python puts it aside; neurons fill rows when NEST looks for them. */
  DeviceRows device_rows;

  /* What watches NEST's own neurons as targets, of all connectors; each adds and removes itself. Shared. */
  std::vector< Mirror* > mirrors;

  /* What fetches recordables of NEST's own neurons: [thread]. Shared; never destroyed, NEST's nodes may go later. */
  std::vector< std::unique_ptr< Recordables > > recordables;

  // --- for a call of Python's, which sets it and resets it ----------------------------------------------------

  /* Nodes that get parameters are being created: initial values follow the parameters. Neurons read it. */
  bool creating = false;

  /* Parameters that are set are only to be checked. Neurons and connections read it. */
  bool checking = false;

  /* Connections show what they would be if they were up to date. Connections read it. */
  bool showing_now = false;

  /* What setting nodes replaces, if several are set or none. Blocks write it. */
  Journal journal;

  // --- for a simulation ------------------------------------------------------------------------------------

  /* How many ms it is to take. Python writes it. */
  double duration = 0.0;

  /* Why it is to be stopped; "" if nothing is wrong. Shared: the first thread with an error writes it. Python takes it. */
  std::string failure;

  /* Some of the nodes in front of all others are wanted, for the present generation. As `fronts`. */
  bool wants_fronts = false;

  /* Nodes in front of all others: [thread]. Python's calls before and after a simulation write it. */
  std::vector< std::unique_ptr< Front > > fronts;

  /* What NEST walks through: [thread], empty if it is to visit all nodes. Python's calls make and end them; each is
   * written by its thread. */
  std::vector< std::unique_ptr< Walk > > walks;
};

HostState& host_state();

/* What each thread keeps for itself. */
struct ThreadState
{
  /* The last call of Python's on this thread: the type and text of its error, and a string that it returned. */
  std::string error_type;
  std::string error_text;
  std::string text;

  /* What was last connected to a neuron on this thread sends it spikes. The neuron writes it as NEST asks it for a
   * port, the connection that asked reads it. */
  bool last_sends_spikes = false;
};

ThreadState& thread_state();

inline void
Texts::rest()
{
  Texts& texts = host_state().texts;
  if ( texts.marking_.load( std::memory_order_relaxed ) )
  {
    texts.mark();
  }
}

} // namespace nestml_jit

#endif /* NESTML_JIT_HOST_STATE_H */
