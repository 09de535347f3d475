/* Errors that end a simulation from inside of it. */
#ifndef NESTML_JIT_FAILURES_H
#define NESTML_JIT_FAILURES_H

#include <cstdint>
#include <string>

namespace nestml_jit
{

/* Let the simulation end with an error after this slice, from any thread. NEST ends all threads together if a slice
 * takes too long, which is what this asks for; the text is given out afterwards. */
void end_with( std::string text );

/* The same at once if there is a single thread. An exception in one of several threads would leave the others waiting
 * at their next barrier for ever. */
void stop_simulation( std::string text );

/* An index that a vector of a neuron, or of a connection to it, does not have; or an integer divided by zero. */
struct WrongIndex
{
  int64_t step;       /* at whose end it was used */
  const char* vector; /* null for a division */
  int64_t index, size;
  const char* synapse; /* of the connection, or null */
  uint64_t source;     /* of the connection */

  /* What is wrong with it; `model` is that of the node. */
  std::string text( const std::string& model, uint64_t node_id ) const;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_FAILURES_H */
