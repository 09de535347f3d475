/* The ports of a neuron model: how receptors are numbered, and which rows of the ring their input waits in. */
#ifndef NESTML_JIT_PORTS_H
#define NESTML_JIT_PORTS_H

#include <cstdint>
#include <string>
#include <vector>

namespace nestml_jit
{

/* An element of a port: the port's number in the order of declaration, and the position in it. */
using Place = uint32_t;

constexpr unsigned int element_bits = 17; // vectors have at most 100000 elements

/* A port as it is declared. */
struct Port
{
  std::string name;
  bool spikes = true; /* else currents */
  int sign = 0;       /* 1: excitatory, -1: inhibitory, 0: neither or both */
  bool counted = false;
  size_t size = 0;                 /* of a vector, with the default of its size variable; 0 for a single port */
  size_t size_variable = SIZE_MAX; /* index of the variable that is its size; none if the size is fixed */
};

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

class Ports
{
public:
  void
  add( Port port )
  {
    list_.push_back( std::move( port ) );
  }

  const std::vector< Port >&
  list() const
  {
    return list_;
  }

  bool are_resizable() const;
  std::vector< size_t > sizes() const;
  std::vector< size_t > sizes( const double* row ) const;
  Layout layout( const std::vector< size_t >& sizes ) const;

private:
  std::string element_name( Place place ) const;
  Receptor make_receptor( long number, Place positive, Place negative ) const;

  std::vector< Port > list_;
};

/* The rows of a ring: the elements of the ports for spikes, those for currents, then counts of arrivals. The code
 * generator has the same order (codegen/ports.py). */
class Channels
{
public:
  Channels() = default;
  Channels( const Ports& ports, std::vector< size_t > sizes );

  uint32_t
  of( const Place place ) const
  {
    return first_[ place >> element_bits ] + element( place );
  }

  /* The row that counts what arrives, or -1. */
  int32_t
  count_of( const Place place ) const
  {
    const int32_t first = first_count_[ place >> element_bits ];
    return first < 0 ? -1 : first + static_cast< int32_t >( element( place ) );
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
  static uint32_t
  element( const Place place )
  {
    return place & ( ( 1u << element_bits ) - 1 );
  }

  std::vector< size_t > sizes_;
  std::vector< uint32_t > first_;
  std::vector< int32_t > first_count_;
  size_t size_ = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_PORTS_H */
