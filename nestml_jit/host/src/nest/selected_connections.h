/* Variables of many connections at once, for NumPy. */
#ifndef NESTML_JIT_SELECTED_CONNECTIONS_H
#define NESTML_JIT_SELECTED_CONNECTIONS_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "connection_id.h"

#include "nest/connections.h"

namespace nestml_jit
{

/* Node IDs that connections may have at one end; all if there is no list. */
struct ChosenNodes
{
  const uint64_t* ids;
  size_t size;
};

/* Connections between neurons of one synapse model of ours, in a certain order.
 *
 * They are known by their numbers in connectors, which change as connections are sorted or removed: using a selection
 * raises KernelException then. Values are slots: real numbers, or the bits of integers. */
class SelectedConnections
{
public:
  /* What a connection's identification takes. */
  static constexpr size_t id_bytes = sizeof( nest::ConnectionID );

  /* Select what PyNEST's connection objects stand for; `offset` is where each has NEST's identification. Empty if any of
   * them is none of ours, or comes from or goes to a device. */
  SelectedConnections( const char* const* objects, size_t size, size_t offset );

  /* Select all connections of a model between nodes, by thread and number. */
  SelectedConnections( const std::string& model, ChosenNodes sources, ChosenNodes targets );

  size_t
  size() const
  {
    return size_;
  }

  /* Read a variable, or what NEST says of each connection: its source, target, ... */
  void get( const std::string& name, double* out ) const;

  /* Set a variable of all, to one value each or all to the same. Nothing is set if a guard does not hold. */
  void set( const std::string& name, const double* values, bool one ) const;

private:
  /* Consecutive connections of a connector. */
  struct Stretch
  {
    Connections* connections;
    size_t first;
    size_t count;
  };

  bool add( const nest::ConnectionID& id );
  void add( Connections& connections, size_t lcid );
  const SynapseModel& model() const;
  void require_present() const;
  size_t find( const std::string& name ) const;
  void check( size_t column, const double* values, bool one ) const;
  template < typename Read >
  void each( double* out, Read read ) const;
  void read_variable( size_t column, double* out ) const;

  uint64_t epoch_;
  size_t size_ = 0;
  std::vector< Stretch > stretches_;
  std::map< const Connections*, uint64_t > revisions_; /* of the numbers in each connector */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SELECTED_CONNECTIONS_H */
