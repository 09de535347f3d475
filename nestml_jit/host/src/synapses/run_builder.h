/* Connections are brought into the order in which spikes are delivered. */
#ifndef NESTML_JIT_RUN_BUILDER_H
#define NESTML_JIT_RUN_BUILDER_H

#include <cstdint>
#include <vector>

#include "synapses/connection_data.h"
#include "synapses/key_sort.h"
#include "synapses/pasts.h"

namespace nestml_jit
{

/* Makes runs and segments of all connections, once. It has copies of what the present ones say of connections, so that
 * connections may change places before. */
class RunBuilder
{
public:
  explicit RunBuilder( ConnectionData& data );

  /* Call `change` with each array of an entry per connection; it changes their order. */
  template < typename Change >
  void
  for_each_array( const Change& change )
  {
    data_.for_each_array( change );
    kinds_.for_each_array( change );
    pasts_.for_each_array( change );
  }

  /* Sort the connections of each source by what shares a past, by block and receptor, delay, and lane. `sources` tells
   * where each source begins. */
  void sort_within( const std::vector< uint32_t >& sources );

  /* Make runs and segments of connections that are in place. */
  void build( const std::vector< uint32_t >& sources );

private:
  ConnectionKey key( size_t lcid ) const;
  bool is_sorted( size_t first, size_t end );
  void sort_source( size_t first, size_t end );
  void build_source( uint32_t source, size_t first, size_t end );
  void begin_segment( uint32_t past );

  ConnectionData& data_;
  SparseColumn< uint16_t > kinds_;
  Pasts pasts_;
  std::vector< uint16_t > rank_;      /* [delay index] */
  std::vector< ConnectionKey > keys_; /* scratch for a source's connections */
  KeySort key_sort_;
  std::vector< Run > runs_;
  std::vector< Segment > segments_;
  std::vector< LargeVector< double > > source_values_; /* [column] one per segment */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_RUN_BUILDER_H */
