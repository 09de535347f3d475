// What this machine can do at best: hand-written loops over arrays like those of a simulator, one thread.
//
//   limits update NEURONS STEPS            exponential-current LIF, nobody fires
//   limits delivery NEURONS SYNAPSES       events of random sources into ring buffers of their targets
//   limits draws NUMBERS                   normal numbers, Philox 4x32-10 and Box-Muller
//
// Each prints nanoseconds per neuron and step, per event, per number: the shortest of several turns.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <vector>

namespace
{
volatile double sink;

double
shortest( int turns, std::size_t operations, const std::function< void() >& work )
{
  double best = 1e300;
  for ( int turn = 0; turn < turns; ++turn )
  {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration< double, std::nano > took = std::chrono::steady_clock::now() - begin;
    best = std::min( best, took.count() / static_cast< double >( operations ) );
  }
  return best;
}

// One step of all neurons: two exact propagators, input that is taken and cleared, refractoriness, threshold.
struct Population
{
  explicit Population( std::size_t size )
    : potential( size, -65.0 )
    , excitation( size, 0.0 )
    , inhibition( size, 0.0 )
    , drive( size, 0.01 )
    , refractory( size, 0 )
    , excitatory( size, 0.5 )
    , inhibitory( size, 0.4 )
    , fired( size, 0 )
  {
  }

  void
  step()
  {
    const std::size_t size = potential.size();
    double* const v = potential.data();
    double* const e = excitation.data();
    double* const i = inhibition.data();
    const double* const d = drive.data();
    std::int32_t* const r = refractory.data();
    double* const in_e = excitatory.data();
    double* const in_i = inhibitory.data();
    std::int32_t* const f = fired.data();
#pragma omp simd
    for ( std::size_t n = 0; n < size; ++n )
    {
      const double next = -65.0 + ( v[ n ] + 65.0 ) * 0.99 + 0.0003 * ( e[ n ] - i[ n ] ) + d[ n ];
      const bool waits = r[ n ] > 0;
      const double kept = waits ? v[ n ] : next;
      e[ n ] = e[ n ] * 0.8187 + in_e[ n ];
      i[ n ] = i[ n ] * 0.8187 + in_i[ n ];
      in_e[ n ] = 0.0;
      in_i[ n ] = 0.0;
      const bool fires = kept >= -50.0;
      v[ n ] = fires ? -65.0 : kept;
      r[ n ] = fires ? 20 : ( waits ? r[ n ] - 1 : 0 );
      f[ n ] = fires;
    }
  }

  std::vector< double > potential, excitation, inhibition, drive;
  std::vector< std::int32_t > refractory;
  std::vector< double > excitatory, inhibitory;
  std::vector< std::int32_t > fired;
};

double
update( std::size_t neurons, std::size_t steps )
{
  Population population( neurons );
  const double found = shortest( 5,
    neurons * steps,
    [ & ]
    {
      for ( std::size_t step = 0; step < steps; ++step )
      {
        population.step();
      }
    } );
  sink = population.potential[ 0 ];
  return found;
}

// A synapse as small as it can be: target and delay in four bytes, weight in eight. Those of a source stand together.
struct Synapses
{
  Synapses( std::size_t neurons, std::size_t count )
    : where( count )
    , weight( count, 0.5 )
    , begin( neurons + 1 )
  {
    std::mt19937_64 draw( 1 );
    std::uniform_int_distribution< std::uint32_t > target( 0, static_cast< std::uint32_t >( neurons - 1 ) );
    std::uniform_int_distribution< std::uint32_t > delay( 0, slots - 1 );
    for ( std::size_t source = 0; source <= neurons; ++source )
    {
      begin[ source ] = source * count / neurons;
    }
    for ( std::size_t source = 0; source < neurons; ++source )
    {
      for ( std::size_t n = begin[ source ]; n < begin[ source + 1 ]; ++n )
      {
        where[ n ] = delay( draw ) * static_cast< std::uint32_t >( neurons ) + target( draw );
      }
      std::sort( where.begin() + begin[ source ], where.begin() + begin[ source + 1 ] );
    }
  }

  static constexpr std::uint32_t slots = 16;
  std::vector< std::uint32_t > where;
  std::vector< double > weight;
  std::vector< std::size_t > begin;
};

double
delivery( std::size_t neurons, std::size_t count )
{
  Synapses synapses( neurons, count );
  std::vector< double > ring( neurons * Synapses::slots, 0.0 );
  std::mt19937_64 draw( 2 );
  std::uniform_int_distribution< std::size_t > source( 0, neurons - 1 );
  const std::size_t spikes = std::max< std::size_t >( 1, 20000000 / std::max< std::size_t >( 1, count / neurons ) );
  std::vector< std::size_t > firing( spikes );
  std::generate( firing.begin(), firing.end(), [ & ] { return source( draw ); } );
  std::size_t events = 0;
  for ( const std::size_t one : firing )
  {
    events += synapses.begin[ one + 1 ] - synapses.begin[ one ];
  }
  const double found = shortest( 3,
    events,
    [ & ]
    {
      for ( const std::size_t one : firing )
      {
        for ( std::size_t n = synapses.begin[ one ]; n < synapses.begin[ one + 1 ]; ++n )
        {
          ring[ synapses.where[ n ] ] += synapses.weight[ n ];
        }
      }
    } );
  sink = ring[ 0 ];
  return found;
}

// Ten rounds of Philox 4x32 on eight counters at a time (Salmon, Moraes, Dror and Shaw 2011).
void
philox( std::uint32_t counter, std::uint32_t ( &word )[ 4 ][ 8 ] )
{
  for ( std::uint32_t lane = 0; lane < 8; ++lane )
  {
    word[ 0 ][ lane ] = counter + lane;
    word[ 1 ][ lane ] = word[ 2 ][ lane ] = word[ 3 ][ lane ] = 0;
  }
  std::uint32_t first = 1, second = 2;
  for ( int round = 0; round < 10; ++round, first += 0x9E3779B9u, second += 0xBB67AE85u )
  {
#pragma omp simd
    for ( int lane = 0; lane < 8; ++lane )
    {
      const std::uint64_t left = std::uint64_t { 0xD2511F53u } * word[ 0 ][ lane ];
      const std::uint64_t right = std::uint64_t { 0xCD9E8D57u } * word[ 2 ][ lane ];
      word[ 0 ][ lane ] = static_cast< std::uint32_t >( right >> 32 ) ^ word[ 1 ][ lane ] ^ first;
      word[ 1 ][ lane ] = static_cast< std::uint32_t >( right );
      word[ 2 ][ lane ] = static_cast< std::uint32_t >( left >> 32 ) ^ word[ 3 ][ lane ] ^ second;
      word[ 3 ][ lane ] = static_cast< std::uint32_t >( left );
    }
  }
}

double
draws( std::size_t numbers )
{
  std::vector< double > found( numbers );
  const double each = shortest( 3,
    numbers,
    [ & ]
    {
      std::uint32_t counter = 0;
      for ( std::size_t n = 0; n + 32 <= numbers; n += 32, counter += 8 )
      {
        std::uint32_t word[ 4 ][ 8 ];
        philox( counter, word );
        for ( int half = 0; half < 4; half += 2 )
        {
#pragma omp simd
          for ( int lane = 0; lane < 8; ++lane )
          {
            const double radius = std::sqrt( -2.0 * std::log( ( word[ half ][ lane ] + 0.5 ) * 0x1p-32 ) );
            const double angle = 6.283185307179586 * 0x1p-32 * word[ half + 1 ][ lane ];
            found[ n + 8 * half + lane ] = radius * std::cos( angle );
            found[ n + 8 * half + 8 + lane ] = radius * std::cos( angle - 1.5707963267948966 );
          }
        }
      }
    } );
  sink = found[ 0 ];
  return each;
}
} // namespace

int
main( int count, char** words )
{
  const auto number = [ & ]( int index ) -> std::size_t
  { return index < count ? std::strtoull( words[ index ], nullptr, 10 ) : 0; };
  const char* const what = count > 1 ? words[ 1 ] : "";
  double found = 0.0;
  if ( std::strcmp( what, "update" ) == 0 && number( 2 ) && number( 3 ) )
  {
    found = update( number( 2 ), number( 3 ) );
  }
  else if ( std::strcmp( what, "delivery" ) == 0 && number( 2 ) && number( 3 ) )
  {
    found = delivery( number( 2 ), number( 3 ) );
  }
  else if ( std::strcmp( what, "draws" ) == 0 && number( 2 ) )
  {
    found = draws( number( 2 ) );
  }
  else
  {
    std::fprintf( stderr, "usage: limits update NEURONS STEPS | delivery NEURONS SYNAPSES | draws NUMBERS\n" );
    return 2;
  }
  std::printf( "%.4f\n", found );
  return 0;
}
