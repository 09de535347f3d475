/* What users read and set of single connections. */
#ifndef NESTML_JIT_CONNECTION_STATUS_H
#define NESTML_JIT_CONNECTION_STATUS_H

#include "dictionary.h"

#include "nest/connections.h"

namespace nestml_jit
{

class ConnectionStatus
{
public:
  explicit ConnectionStatus( Connections& connections );

  /* Put all that a connection shows into a dictionary. */
  void get( size_t lcid, Dictionary& d );

  /* Set what a dictionary has. Everything is checked before anything is set. */
  void set( size_t lcid, const Dictionary& d );

private:
  size_t bytes() const;
  void set_row( size_t lcid, const std::vector< double >& row );

  Connections& connections_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_CONNECTION_STATUS_H */
