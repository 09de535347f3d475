/* NEST's rules of connecting, carried out in bulk. */
#ifndef NESTML_JIT_BULK_RULES_H
#define NESTML_JIT_BULK_RULES_H

namespace nestml_jit
{

/* Let NEST build connections of our synapse models in bulk. To be called again after NEST has made its rules anew; where
 * there is another builder than NEST's own, it stays. */
void install_bulk_rules();

} // namespace nestml_jit

#endif /* NESTML_JIT_BULK_RULES_H */
