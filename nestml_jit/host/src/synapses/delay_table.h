/* The different delays of a synapse model's connections on one thread. */
#ifndef NESTML_JIT_DELAY_TABLE_H
#define NESTML_JIT_DELAY_TABLE_H

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace nestml_jit
{

/* Delays in steps, each with an index that connections store. Example: connections with 15, 10, and 15 steps have the
 * indices 0, 1, and 0. */
class DelayTable
{
public:
  /* The index of a delay, which is added if it is new. Raises BadDelay if there are too many. */
  uint16_t index_of( uint32_t steps );

  uint32_t
  steps( const uint16_t index ) const
  {
    return steps_[ index ];
  }

  /* [index] steps. */
  const std::vector< uint32_t >&
  all() const
  {
    return steps_;
  }

  /* [index] how many delays are shorter. */
  std::vector< uint16_t > ranks() const;

private:
  static constexpr uint32_t longest_short_ = 1 << 14;

  const uint16_t* find( uint32_t steps ) const;
  void note( uint32_t steps, uint16_t index );

  std::vector< uint32_t > steps_;
  std::vector< uint16_t > short_lookup_;                 /* [steps]; 0 also means that there is no such delay */
  std::unordered_map< uint32_t, uint16_t > long_lookup_; /* of delays that are longer than `longest_short_` */
  uint16_t last_ = 0;                                    /* index that was looked up last */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_DELAY_TABLE_H */
