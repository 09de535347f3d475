/* New connections of a synapse model on one thread. */
#ifndef NESTML_JIT_CONNECTION_MAKER_H
#define NESTML_JIT_CONNECTION_MAKER_H

#include <cstdint>
#include <utility>
#include <vector>

#include "connector_base.h"
#include "dictionary.h"

#include "nest/handshake.h"
#include "nest/synapse_rows.h"

namespace nestml_jit
{

class Connections;
class SynapseModel;

/* Makes connections one by one, as NEST asks for them. Most differ from the one before in no more than weight and delay,
 * or in nothing: then only these are looked at. */
class ConnectionMaker
{
public:
  explicit ConnectionMaker( SynapseModel& model );

  /* Make a connection. What is not given is the default. Raises an error if nodes or values do not fit the model. */
  void add( nest::Node& source,
    nest::Node& target,
    nest::ConnectorBase*& connector,
    nest::synindex syn_id,
    const Dictionary& d,
    const Apart& apart );

  /* Bring `row` to another connection like the one made last, with this weight and delay; what is NaN is the default.
   * Raises an error if they do not fit the model. Variables must not follow others. */
  void vary( const Apart& apart );

  /* Variables of the connection that was made, or brought up, last. */
  const std::vector< double >&
  row() const
  {
    return row_;
  }

  /* The label of the connection that was made last. */
  long
  label() const
  {
    return made_.label;
  }

private:
  /* What a connection has besides its variables. */
  struct NewConnection
  {
    double delay; /* ms */
    size_t receptor;
    long label;
  };

  bool read( const Dictionary& d, const Apart& apart );
  void begin();
  void read_apart( const Apart& apart );
  void check_guards() const;

  SynapseModel& model_;
  Handshake handshake_;
  std::vector< std::pair< size_t, const Guard* > > guards_; /* those that a weight or delay may violate */
  bool has_internals_;                                      /* which guards may read */
  std::vector< double > row_;                               /* variables of the connection that is made */
  std::vector< bool > given_;                               /* which of them are given */
  NewConnection made_ {};                                   /* the rest of it */
  uint64_t row_defaults_ = never_; /* revision of the defaults that row_ has, but for weight and delay */
  Apart last_;                     /* weight and delay in row_, ... */
  bool is_checked_ = false;        /* ... if its guards hold */

  static constexpr uint64_t never_ = UINT64_MAX;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_CONNECTION_MAKER_H */
