/* What gap junctions bring to the neurons of a block, and what these tell their partners. */
#ifndef NESTML_JIT_COUPLING_H
#define NESTML_JIT_COUPLING_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "secondary_event.h"

namespace nestml_jit
{

/* The currents of a slice, as kernels read them, and the trajectories of potentials, as trials write them.
 *
 * NEST's waveform relaxation lets neurons go through a slice again and again, each time with the potentials that
 * their partners had the time before, until the potentials change by no more than a tolerance. */
class Coupling
{
public:
  /* Make room for the steps of a slice of a number of lanes. */
  void fit( size_t steps, size_t lanes, double h );

  /* Add what a junction brings to a lane in the slice that begins at a step. */
  void add( size_t lane, nest::GapJunctionEvent& event, int64_t slice );

  /* Forget what came: partners send it anew. */
  void clear();

  /* Forget the last trial: the next one is the first of its slice. */
  void begin_anew();

  /* Whether the potentials of some lanes at the ends of steps are those of the last trial. */
  bool is_settled( size_t lanes, long from, long to, double tolerance );

  /* Polynomials of the share of a step that is over, of a lane's potential in the steps from..to-1 of the last trial:
   * the cubic one with values and derivatives at both ends, the straight line, or the first value. */
  void describe( size_t lane, long from, long to, size_t order, std::vector< double >& coefficients ) const;

  const double*
  current() const
  {
    return current_.data();
  }

  double*
  trajectory()
  {
    return trajectory_.data();
  }

private:
  double
  trajectory( const long lag, const size_t row, const size_t lane ) const
  {
    return trajectory_[ ( 4 * lag + row ) * stride_ + lane ];
  }

  size_t steps_ = 0;
  size_t stride_ = 0;
  double h_ = 0.0;
  std::vector< double > current_;    /* see NjBlock::gap */
  std::vector< double > trajectory_; /* see NjBlock::trajectory */
  std::vector< double > before_;     /* [lag][lane] potential at the end of a step in the last trial */
  bool has_input_ = false;
  int64_t slice_ = -1; /* the slice that what came belongs to */
};

/* The degree of the polynomials that trajectories are told as. */
size_t interpolation_order();

/* By how much potentials may differ between trials that agree, in mV. */
double relaxation_tolerance();

/* Tell the partners of a node how its potential goes on. */
void send_trajectory( size_t tid, uint64_t node_id, std::vector< double >& coefficients );

} // namespace nestml_jit

#endif /* NESTML_JIT_COUPLING_H */
