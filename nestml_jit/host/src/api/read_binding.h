/* From the record that Python hands over to what is attached to a neuron model. */
#ifndef NESTML_JIT_READ_BINDING_H
#define NESTML_JIT_READ_BINDING_H

#include <memory>

#include "api/binding_record.h"
#include "neurons/binding.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

/* Return the binding that a record describes; `type` is its neuron model, null for NEST's own neurons. Throws if
 * the kernel does not fit this host, or the record speaks of what the model or the kernel does not have. */
std::unique_ptr< Binding > read_binding( const NjBindingRecord& record, const NeuronType* type );

} // namespace nestml_jit

#endif /* NESTML_JIT_READ_BINDING_H */
