/* NEST's table of connections from neurons to devices, kept small. */
#ifndef NESTML_JIT_DEVICE_ROWS_H
#define NESTML_JIT_DEVICE_ROWS_H

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace nest
{
class ConnectorBase;
class ConnectorModel;
} // namespace nest

namespace nestml_jit
{

/* The table has a row for each node: a pointer per synapse model, of which there are about 100, nearly all of them
 * null. That is more memory than all else that a neuron takes, and NEST reads the row for each spike.
 *
 * NEST reads empty rows as such with no connections, but adds connections only to full ones. So rows of our
 * neurons are empty, except for those whose neurons may be connected to a device (`fill`); of these, the ones
 * that were not are emptied before a simulation (`empty_unused`).
 *
 * `Create`, and what registers synapse models, fill all rows. During these calls the table is put aside. */
class DeviceRows
{
public:
  /* Whether NEST is asked for connections that there may not be any more, those of a kernel that was reset. It
   * looks for them in full rows only. */
  bool is_doubtful = false;

  /* Counts changes of which rows there are, and which are full. */
  uint64_t changes = 0;

  /* Where a node's row is. */
  static const void* row( size_t tid, size_t lid );

  /* Put the table aside until `put_back`, since NEST is to create nodes, or else to register synapse models.
   * `ours` says whether the nodes are neurons of ours. */
  void put_aside( bool creating, bool ours );
  void put_back();

  /* Fill the rows of nodes, of all with `ids` null, so that they can be connected to devices. */
  void fill( const uint64_t* ids, size_t n );

  /* Empty the rows that were filled and have no connections. */
  void empty_unused();

  /* Forget the rows of a kernel that was reset. */
  void forget();

private:
  using Row = std::vector< nest::ConnectorBase* >;
  using Table = std::vector< std::vector< Row > >; /* [thread][local ID] */

  void fit( size_t tid, size_t known );

  bool is_aside_ = false;
  bool creating_ = false;
  bool ours_ = false;
  Table to_devices_;
  Table from_devices_;
  std::vector< std::vector< nest::ConnectorModel* > > models_;
  std::vector< std::pair< size_t, size_t > > filled_; /* thread, local ID */
};

/* Node IDs of a thread's devices that have connections, 0 for others: [device]. */
const std::vector< size_t >& sending_devices( size_t thread );

/* The connectors of such a device: [synapse model], null where there is none. */
std::vector< nest::ConnectorBase* >& connectors_from_device( size_t thread, size_t device );

/* The rows of a thread's nodes: [local ID]. */
std::vector< std::vector< nest::ConnectorBase* > >& rows_to_devices( size_t thread );

/* Whether any of the nodes has no proxies: connections to such are kept in the table. */
bool has_devices( uint64_t first_id, uint64_t last_id );

/* Empty rows of NEST's table of the places to which nodes of a thread send secondary events, one vector per synapse
 * model. It fills all rows when connections have changed, and looks at those of senders only: ours are none. */
void empty_secondary_rows( size_t tid, const std::vector< uint64_t >& node_ids );

} // namespace nestml_jit

#endif /* NESTML_JIT_DEVICE_ROWS_H */
