/* Sizes and offsets of what Python hands over, so that it can be compared with Python's own. */
#ifndef NESTML_JIT_BINDING_LAYOUT_H
#define NESTML_JIT_BINDING_LAYOUT_H

#include <string>

namespace nestml_jit
{

/* Per line a structure of a binding's record and its size, or a field with its offset and size:
 * "NjNames 16", "NjNames.size 8 8". */
std::string layout_of_binding_record();

} // namespace nestml_jit

#endif /* NESTML_JIT_BINDING_LAYOUT_H */
