/* Runs of connections as kernels see them. */
#ifndef NESTML_JIT_RUN_VIEW_H
#define NESTML_JIT_RUN_VIEW_H

#include <cstdint>
#include <vector>

#include "nest/foreign_targets.h"
#include "nestml_jit_abi.h"
#include "past/recollection.h"
#include "synapses/connection_data.h"

namespace nestml_jit
{

/* Points kernels to the columns of a run.
 *
 * A kernel handles a run at once if all its connections are equally far, and what they need of their targets' past is at
 * hand. Otherwise it gets the run part by part: each part's connections are equally far, and the target's NjBlock is
 * replaced by one that has their whole past. */
class RunView
{
public:
  RunView( ConnectionData& data, ForeignTargets& foreign );

  /* A run as a whole, until the next one is asked for. */
  NjRun whole( Run& run, const Target& target );

  /* Say if a kernel can handle all connections of a run at once. */
  bool is_plain( const Run& run, const Target& target ) const;

  /* Call `action( part, begin )` for one part of a run after the other. `begin` is the number of the part's first
   * connection in the run. `longest( whole, begin )` is the largest size that a part may have. */
  template < typename Longest, typename Action >
  void for_each_part( Run& run, Target& target, const Longest& longest, const Action& action );

  /* The part that is one connection, with pointers to `values`, copies of its columns. */
  NjRun copy( size_t lcid, Target& target, std::vector< double >& values );

  /* [column of the delivery] where the values of the run or part begin. */
  double* const*
  pointers() const
  {
    return pointers_.data();
  }

  /* Let deliveries to a target see its own NjBlock again. */
  void end_part( Target& target );

private:
  bool is_alike( Run& run ) const;
  NjRun
  part_of( const NjRun& whole, const Target& target, const std::vector< double* >& columns, size_t begin, size_t size );
  void equip( NjRun& part, const Run& run, Target& target, size_t begin );
  NjBlock& block_of( const Target& target ) const;
  const History* past_of( const Target& target ) const;

  ConnectionData& data_;
  ForeignTargets& foreign_;
  std::vector< double* > pointers_; /* of the run or part */
  Recollection recollection_;       /* pasts that are not at hand */
};

template < typename Longest, typename Action >
void
RunView::for_each_part( Run& run, Target& target, const Longest& longest, const Action& action )
{
  const NjRun all = whole( run, target );
  const std::vector< double* > columns = pointers_;
  for ( uint32_t begin = 0; begin < run.size; )
  {
    NjRun part = part_of( all, target, columns, begin, longest( all, begin ) );
    equip( part, run, target, begin );
    action( part, begin );
    begin += part.size;
  }
  end_part( target );
  pointers_ = columns;
}

} // namespace nestml_jit

#endif /* NESTML_JIT_RUN_VIEW_H */
