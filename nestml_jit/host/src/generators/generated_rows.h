/* Input that a block generates by itself, without events. */
#ifndef NESTML_JIT_GENERATED_ROWS_H
#define NESTML_JIT_GENERATED_ROWS_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "generators/generator.h"
#include "generators/philox.h"
#include "nestml_jit_abi.h"

namespace nestml_jit
{

class InputRing;

/* A connection from a generator to a lane of a block. */
struct GeneratedTarget
{
  uint64_t node_id; /* of the lane */
  uint32_t lane;
  uint32_t number; /* among the connections from the same generator to the same lane */
  uint32_t delay;  /* steps */
  uint32_t channel;
  int32_t count_channel; /* counts what arrives, or -1 */
  double weight;         /* as the channel takes it */
};

/* The connections of one generator, with the same number, to lanes of one tile. */
class GeneratedRow
{
public:
  GeneratedRow( std::shared_ptr< Generator > generator, const GeneratedTarget* targets, size_t size );

  /* Generate the spikes of steps of the slice; they arrive in later slices. */
  void generate( uint64_t seed, int64_t origin, uint32_t from, uint32_t to, InputRing& ring );

private:
  void draw( uint64_t seed, int64_t step );
  void count( uint64_t seed, int64_t step, const PoissonTable& table );
  uint32_t count_exactly( uint64_t seed, int64_t step, const PoissonTable& table, size_t i ) const;
  const uint16_t* first_bits( int64_t step ) const;
  PhiloxKey key( uint64_t seed ) const;
  void add_all( uint32_t lag, uint32_t offset, InputRing& ring ) const;
  void add_each( uint32_t lag, uint32_t offset, InputRing& ring ) const;

  std::shared_ptr< Generator > generator_;
  uint32_t number_;
  bool is_uniform_; /* lanes in a row, with the same channel and delay, and finite weights */
  std::vector< GeneratedTarget > targets_;
  std::vector< uint64_t > node_ids_; /* [target], filled up to a multiple of `count_group` */
  std::vector< double > weights_;    /* [target] */
  std::vector< uint16_t > bits_;     /* [step][target] the first ones of the numbers for the steps of `block_` */
  std::vector< uint16_t > counts_;   /* [target] of the present step, less the table's offset */
  int64_t block_ = -1;               /* steps that share a counter */
};

/* All that generators send to the lanes of a block, for the present simulation. */
class GeneratedRows
{
public:
  explicit GeneratedRows( const NjBlock& nj )
    : nj_( nj )
  {
  }

  void
  clear()
  {
    tiles_.clear();
    generators_.clear();
  }

  /* Add a generator's connections, which this sorts. */
  void add( const std::shared_ptr< Generator >& generator, std::vector< GeneratedTarget >& targets );

  void begin_slice( int64_t origin, long from, long to );

  /* Generate what is sent to the lanes of a tile in steps of the slice. */
  void generate( size_t tile, uint32_t from, uint32_t to, InputRing& ring );

private:
  const NjBlock& nj_;
  std::vector< std::shared_ptr< Generator > > generators_;
  std::vector< std::vector< GeneratedRow > > tiles_; /* [tile] in the order of the generators */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_GENERATED_ROWS_H */
