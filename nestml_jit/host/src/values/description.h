/* Descriptions of models: what a card says, in the host's own form. They never change once made. */
#ifndef NESTML_JIT_DESCRIPTION_H
#define NESTML_JIT_DESCRIPTION_H

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "neurons/ports.h"
#include "values/variables.h"

namespace nestml_jit
{

struct NeuronDescription
{
  std::string name;
  Variables variables;
  Ports ports;
  std::vector< std::string > observables;
  bool emits = true;
  size_t potential = SIZE_MAX;       /* variable that gap junctions couple */
  std::string refuses_gap_junctions; /* why there can be none, "" if there can */
};

/* A delay in ms with which equations of a synapse read a variable. */
struct PastRead
{
  std::string variable;
  Program delay;
};

struct SynapseDescription
{
  std::string name;
  Variables variables;
  size_t weight = 0; /* index of the emitted variable; variables.size() if none */
  size_t delay = 0;  /* index of the variable that reads as the delay, or size() */
  bool has_post = false;
  bool plastic = false;
  std::vector< std::string > modulatory; /* names of ports for spikes from volume transmitters */
  bool reads_target = false;             /* has ports for variables of its target */
  bool emits_apart = false;              /* emits at other times than those of presynaptic spikes */
  std::vector< PastRead > past;          /* delays with which equations read variables */
};

/* All descriptions that were ever made. They survive ResetKernel: a model is registered again from
 * here when somebody asks for it. */
struct Registry
{
  std::map< std::string, std::shared_ptr< NeuronDescription > > neurons;
  std::map< std::string, std::shared_ptr< SynapseDescription > > synapses;

  /* What the model that NEST constructs next is to be, see api.cpp. */
  std::shared_ptr< NeuronDescription > next_neuron;
  std::shared_ptr< SynapseDescription > next_synapse;
  bool next_is_labelled = false;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_DESCRIPTION_H */
