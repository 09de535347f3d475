/* The volume transmitters behind the modulatory ports of a synapse model. */
#ifndef NESTML_JIT_TRANSMITTERS_H
#define NESTML_JIT_TRANSMITTERS_H

#include <cstddef>
#include <string>
#include <vector>

#include "dictionary.h"

namespace nest
{
class volume_transmitter;
}

namespace nestml_jit
{

class Transmitters
{
public:
  /* None at all ports, whose names these are. */
  explicit Transmitters( std::vector< std::string > ports );

  /* The transmitter of a port; null until it is set. */
  nest::volume_transmitter*
  operator[]( const size_t port ) const
  {
    return nodes_[ port ];
  }

  /* Return these with those that a dictionary has instead: each under its port's name, or one for all. `model` is the
   * synapse model's name, for errors. */
  Transmitters read( const Dictionary& d, const std::string& model ) const;

  void write( Dictionary& d ) const;

  /* Raise an error unless all ports have one. */
  void check( const std::string& model ) const;

  /* Say if a node is one of them. */
  bool include( long node_id ) const;

private:
  const std::string& key( size_t port ) const;
  static void
  read_one( const Dictionary& d, const std::string& key, const std::string& model, nest::volume_transmitter*& node );

  std::vector< std::string > ports_;
  std::vector< nest::volume_transmitter* > nodes_; /* [port] */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_TRANSMITTERS_H */
