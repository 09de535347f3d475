/* The receptors of a neuron. */
#ifndef NESTML_JIT_LAYOUT_H
#define NESTML_JIT_LAYOUT_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nestml_jit
{

/* An element of a port: the port's number in the order of declaration, and the position in it. */
using Place = uint32_t;

constexpr unsigned int element_bits = 17; // vectors have at most 100000 elements

inline size_t
port_of( const Place place )
{
  return place >> element_bits;
}

inline size_t
element_of( const Place place )
{
  return place & ( ( 1u << element_bits ) - 1 );
}

inline Place
place_of( const size_t port, const size_t element )
{
  return static_cast< Place >( port << element_bits | element );
}

/* Where an event with a receptor type goes: `positive` for weights >= 0, `negative` for others. */
struct Receptor
{
  long number = 0;
  std::string name;
  Place positive = 0;
  Place negative = 0;

  /* Both ends in one number, which means the same for all neurons of a model, and is no receptor's. */
  size_t
  route() const
  {
    return is_route_ | size_t( positive ) << 32 | negative;
  }

  static bool
  is_route( const size_t port )
  {
    return port & is_route_;
  }

  static Receptor
  of_route( const size_t route )
  {
    return { 0, {}, static_cast< Place >( ( route & ~is_route_ ) >> 32 ), static_cast< Place >( route ) };
  }

private:
  static constexpr size_t is_route_ = size_t( 1 ) << 63;
};

struct ContinuousInput
{
  std::string name;
  Place place = 0;
};

/* The receptors of a neuron, which its sizes decide about; those of currents are numbered from 0. */
struct Layout
{
  std::vector< Receptor > receptors;
  std::vector< ContinuousInput > continuous;

  const Receptor* receptor( size_t number ) const;
  long number( size_t route ) const;

  /* Whether a receptor, for spikes or for currents, does not exist in another layout, or is another one there. */
  bool loses( const Layout& other, bool spikes, size_t number ) const;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_LAYOUT_H */
