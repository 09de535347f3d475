/* Samples of a tile for a multimeter. */
#ifndef NESTML_JIT_TILE_SAMPLER_H
#define NESTML_JIT_TILE_SAMPLER_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "nest/data_logging.h"
#include "recorders/samples.h"

namespace nestml_jit
{

class Nodes;
class Store;
class Variables;

/* Copies what a multimeter asks of a tile's lanes to its rows. */
struct TileSampler
{
  const SampleTarget* target;
  std::shared_ptr< const LoggingRequest > request;
  std::vector< uint32_t > lanes;
  std::vector< uint32_t > columns; /* of `lanes` */
  bool is_whole = false;           /* lanes are side by side, and so are columns, in the same order */

  /* Find out whether it is whole. */
  void look();

  /* Write the samples at a step. */
  void sample( int64_t step, const Store& store, const Variables& variables, const Nodes& nodes ) const;

  /* Say that those of some lanes are none. */
  void leave_out( int64_t step, const std::vector< uint32_t >& idle ) const;

private:
  void copy( const double* values, double* row ) const;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_TILE_SAMPLER_H */
