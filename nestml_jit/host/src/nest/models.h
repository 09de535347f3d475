/* Models as NEST knows them: registering them, and finding ours among them. */
#ifndef NESTML_JIT_MODELS_H
#define NESTML_JIT_MODELS_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace nestml_jit
{

class SynapseModel;

/* Register the model whose description is next in `HostState::descriptions`. NEST must not know the name yet. */
void register_neuron( const std::string& name );
void register_synapse( const std::string& name );

/* Call a function with a synapse model of ours on each thread: NEST has one instance for each. */
void for_each_thread( const std::string& synapse, const std::function< void( SynapseModel& ) >& action );

/* Call a function with all synapse models of ours, on all threads. */
void for_each_synapse_model( const std::function< void( SynapseModel& ) >& action );

/* Whether nodes of a model, by NEST's number of it, are shells. */
bool is_model_of_shells( size_t model );

/* Whether a node is a shell, on whatever process it is. */
bool is_ours( uint64_t node_id );

} // namespace nestml_jit

#endif /* NESTML_JIT_MODELS_H */
