/* The rows of input of a block. */
#ifndef NESTML_JIT_CHANNELS_H
#define NESTML_JIT_CHANNELS_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "neurons/ports.h"

namespace nestml_jit
{

/* The rows of a ring: the elements of the ports for spikes, those for currents, then counts of arrivals. The code
 * generator has the same order (codegen/plan/ports.py). */
class Channels
{
public:
  Channels() = default;
  Channels( const Ports& ports, std::vector< size_t > sizes );

  uint32_t
  of( const Place place ) const
  {
    return first_[ port_of( place ) ] + static_cast< uint32_t >( element_of( place ) );
  }

  /* The row that counts what arrives, or -1. */
  int32_t
  count_of( const Place place ) const
  {
    const int32_t first = first_count_[ port_of( place ) ];
    return first < 0 ? -1 : first + static_cast< int32_t >( element_of( place ) );
  }

  size_t
  size() const
  {
    return size_;
  }

  const std::vector< size_t >&
  sizes() const
  {
    return sizes_;
  }

  std::vector< uint32_t > rows_in( const Channels& other ) const;

private:
  std::vector< size_t > sizes_;
  std::vector< uint32_t > first_;
  std::vector< int32_t > first_count_;
  size_t size_ = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_CHANNELS_H */
