#include "generators/generated_rows.h"

#include <algorithm>
#include <cmath>

#include "generators/poisson_counts.h"
#include "nest/time_slices.h"
#include "slice/input_ring.h"

namespace nestml_jit
{

namespace
{

/* What is drawn with one counter lasts for so many steps: four words, of 16 bits for each step. */
constexpr size_t steps_per_counter = 8;

/* Set in the counters with which further bits are drawn, for steps whose first 16 are not enough. */
constexpr uint64_t further_bits = uint64_t( 1 ) << 63;

/* Whether targets are lanes in a row whose input is one stretch of the ring. Only finite weights may be multiplied by a
 * count of 0. */
bool
are_uniform( const std::vector< GeneratedTarget >& targets )
{
  const GeneratedTarget& first = targets.front();
  for ( size_t i = 0; i < targets.size(); ++i )
  {
    const GeneratedTarget& target = targets[ i ];
    const bool follows = target.lane == first.lane + i;
    const bool alike = target.delay == first.delay and target.channel == first.channel;
    if ( not follows or not alike or not std::isfinite( target.weight ) )
    {
      return false;
    }
  }
  return true;
}

} // namespace

GeneratedRow::GeneratedRow( std::shared_ptr< Generator > generator,
  const GeneratedTarget* const targets,
  const size_t size )
  : generator_( std::move( generator ) )
  , number_( targets->number )
  , targets_( targets, targets + size )
{
  is_uniform_ = are_uniform( targets_ );
  for ( const GeneratedTarget& target : targets_ )
  {
    node_ids_.push_back( target.node_id );
    weights_.push_back( target.weight );
  }
  node_ids_.resize( ( size + count_group - 1 ) / count_group * count_group );
  bits_.resize( steps_per_counter * node_ids_.size() );
  counts_.resize( node_ids_.size() );
}

void
GeneratedRow::generate( const uint64_t seed,
  const int64_t origin,
  const uint32_t from,
  const uint32_t to,
  InputRing& ring )
{
  for ( uint32_t lag = from; lag < to; ++lag )
  {
    if ( const PoissonTable* const table = generator_->table( lag ) )
    {
      draw( seed, origin + lag );
      count( seed, origin + lag, *table );
      is_uniform_ ? add_all( lag, table->offset(), ring ) : add_each( lag, table->offset(), ring );
    }
  }
}

/* Streams of neurons have the same seed and 0 in the place of the generator. */
PhiloxKey
GeneratedRow::key( const uint64_t seed ) const
{
  return { static_cast< uint32_t >( seed ), static_cast< uint32_t >( generator_->id() ) };
}

/* The first bits of the numbers of all targets for a step. */
const uint16_t*
GeneratedRow::first_bits( const int64_t step ) const
{
  return bits_.data() + static_cast< size_t >( step ) % steps_per_counter * node_ids_.size();
}

/* Have the first bits of the numbers for a step, and for those that share its counter. */
void
GeneratedRow::draw( const uint64_t seed, const int64_t step )
{
  const int64_t block = step / static_cast< int64_t >( steps_per_counter );
  if ( block == block_ )
  {
    return;
  }
  block_ = block;
  const size_t size = node_ids_.size();
  uint32_t words[ 4 * NJ_TILE ];
  philox_of_targets( node_ids_.data(), size, static_cast< uint64_t >( block ), number_, key( seed ), words );
  for ( size_t word = 0; word < 4; ++word )
  {
    uint16_t* const bits = bits_.data() + 2 * word * size;
    split_words( words + word * size, size, bits, bits + size );
  }
}

/* Count the spikes to each target. */
void
GeneratedRow::count( const uint64_t seed, const int64_t step, const PoissonTable& table )
{
  const bool all_are_decided = count_spikes( table, first_bits( step ), counts_.size(), counts_.data() );
  for ( size_t i = 0; not all_are_decided and i < targets_.size(); ++i )
  {
    if ( counts_[ i ] == PoissonTable::undecided )
    {
      counts_[ i ] = static_cast< uint16_t >( count_exactly( seed, step, table, i ) - table.offset() );
    }
  }
}

uint32_t
GeneratedRow::count_exactly( const uint64_t seed, const int64_t step, const PoissonTable& table, const size_t i ) const
{
  const uint64_t first = first_bits( step )[ i ];
  const auto counter = static_cast< uint64_t >( step ) | further_bits;
  const PhiloxWords more = philox( philox_counter( counter, node_ids_[ i ], number_ ), key( seed ) );
  return table.count( first << 48 | uint64_t( more[ 0 ] & 0xFFFFu ) << 32 | more[ 1 ] );
}

void
GeneratedRow::add_all( const uint32_t lag, const uint32_t offset, InputRing& ring ) const
{
  const GeneratedTarget& first = targets_.front();
  const size_t slot = ring_slot( lag + first.delay );
  double* const input = ring.active_row( slot, first.channel ) + first.lane;
  add_counts( counts_.data(), offset, weights_.data(), targets_.size(), input );
  if ( first.count_channel >= 0 )
  {
    double* const number = ring.active_row( slot, static_cast< uint32_t >( first.count_channel ) ) + first.lane;
    for ( size_t i = 0; i < targets_.size(); ++i )
    {
      number[ i ] += static_cast< double >( counts_[ i ] + offset );
    }
  }
}

void
GeneratedRow::add_each( const uint32_t lag, const uint32_t offset, InputRing& ring ) const
{
  for ( size_t i = 0; i < targets_.size(); ++i )
  {
    const GeneratedTarget& target = targets_[ i ];
    const double number = static_cast< double >( counts_[ i ] + offset );
    if ( number > 0.0 )
    {
      const size_t slot = ring_slot( lag + target.delay );
      ring.add( slot, target.channel, target.lane, target.weight * number );
      if ( target.count_channel >= 0 )
      {
        ring.add( slot, static_cast< uint32_t >( target.count_channel ), target.lane, number );
      }
    }
  }
}

// --- of a block ----------------------------------------------------------------------------------------

namespace
{

/* Number the connections to the same lane, which are neighbours. */
void
number_targets( std::vector< GeneratedTarget >& targets )
{
  for ( size_t i = 0; i < targets.size(); ++i )
  {
    const bool is_further = i > 0 and targets[ i ].lane == targets[ i - 1 ].lane;
    targets[ i ].number = is_further ? targets[ i - 1 ].number + 1 : 0;
  }
}

} // namespace

/* Connections are sorted by lane, numbered, and then sorted into rows. */
void
GeneratedRows::add( const std::shared_ptr< Generator >& generator, std::vector< GeneratedTarget >& targets )
{
  std::stable_sort( targets.begin(),
    targets.end(),
    []( const GeneratedTarget& a, const GeneratedTarget& b ) { return a.lane < b.lane; } );
  number_targets( targets );
  const auto row = []( const GeneratedTarget& a ) { return std::make_pair( a.lane / NJ_TILE, a.number ); };
  std::stable_sort( targets.begin(),
    targets.end(),
    [ & ]( const GeneratedTarget& a, const GeneratedTarget& b ) { return row( a ) < row( b ); } );
  generators_.push_back( generator );
  generator->add_targets( targets.size() );
  for ( size_t begin = 0, end = 0; begin < targets.size(); begin = end )
  {
    while ( end < targets.size() and row( targets[ end ] ) == row( targets[ begin ] ) )
    {
      ++end;
    }
    const size_t tile = targets[ begin ].lane / NJ_TILE;
    tiles_.resize( std::max( tiles_.size(), tile + 1 ) );
    tiles_[ tile ].emplace_back( generator, targets.data() + begin, end - begin );
  }
}

void
GeneratedRows::begin_slice( const int64_t origin, const long from, const long to )
{
  for ( const auto& generator : generators_ )
  {
    generator->begin_slice( origin, from, to );
  }
}

void
GeneratedRows::generate( const size_t tile, const uint32_t from, const uint32_t to, InputRing& ring )
{
  if ( tile < tiles_.size() )
  {
    for ( GeneratedRow& row : tiles_[ tile ] )
    {
      row.generate( nj_.seed, nj_.origin, from, to, ring );
    }
  }
}

} // namespace nestml_jit
