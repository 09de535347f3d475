/* Which connections of a source have the same past. */
#ifndef NESTML_JIT_PASTS_H
#define NESTML_JIT_PASTS_H

#include <cstdint>
#include <vector>

#include "synapses/run_index.h"
#include "synapses/synapse_table.h"
#include "values/large_memory.h"

namespace nestml_jit
{

/* Groups of connections whose past is the same if their source is: the segments that there are, and for new connections
 * one group per distinct start of their "source" variables. A group that is no segment yet begins with these values.
 *
 * Example: two segments, and three new connections with a trace that starts at 0, 0, and 0.5: the new connections are in
 * the groups 2, 2, and 3. */
class Pasts
{
public:
  Pasts( const RunIndex& index, const SynapseTable& table );

  /* The group of a connection. */
  uint32_t
  of( const size_t lcid ) const
  {
    return group_.empty() ? 0 : group_[ lcid ];
  }

  /* Say if there is one group only. */
  bool
  are_same() const
  {
    return group_.empty();
  }

  /* The segment that a group begins or continues. */
  Segment segment( uint32_t group ) const;

  /* The group's values of "source" variables, in the order of their columns. */
  std::vector< double > source_values( uint32_t group ) const;

  /* Call `change` with the array of an entry per connection, if there is one; it may change the order. */
  template < typename Change >
  void
  for_each_array( const Change& change )
  {
    change( group_ );
  }

private:
  std::vector< double > start( size_t lcid ) const;
  void group_new();

  const RunIndex& index_;
  const SynapseTable& table_;
  LargeVector< uint32_t > group_;               /* [connection], or empty if there is one group only */
  std::vector< std::vector< double > > starts_; /* [group - number of segments] */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_PASTS_H */
