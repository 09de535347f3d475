/* What multimeters read of a neuron. */
#ifndef NESTML_JIT_DATA_LOGGING_H
#define NESTML_JIT_DATA_LOGGING_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "event.h"

namespace nestml_jit
{

class NeuronType;
class Shell;

/* What a multimeter asks of a neuron; neurons that are asked for the same share it. */
struct LoggingRequest
{
  uint64_t device;  /* node ID */
  int64_t interval; /* steps */
  int64_t offset;   /* steps */
  std::vector< std::string > names;
  std::vector< size_t > elements; /* [name] what Block::observe calls it */

  bool operator==( const LoggingRequest& ) const = default;
};

/* A multimeter's logger of a neuron. Blocks sample by themselves for most multimeters (nest/fused_recorders.h); for the
 * others this is NEST's logger. */
class DataLogging
{
public:
  DataLogging( Shell& shell, std::shared_ptr< const LoggingRequest > request );
  ~DataLogging();
  DataLogging( DataLogging&& ) noexcept;
  DataLogging& operator=( DataLogging&& ) noexcept;

  const std::shared_ptr< const LoggingRequest >&
  request() const
  {
    return request_;
  }

  /* Leave sampling to the block, or no longer. */
  void leave_to_block( bool wanted );

  bool
  is_left_to_block() const
  {
    return is_left_to_block_;
  }

  /* Record values at the end of a step. */
  void record( long step );

  /* Give the device what was recorded for it. */
  void answer( nest::DataLoggingRequest& request );

  void reset();
  void init();

private:
  struct Logger;

  void make_logger();

  Shell* shell_;
  std::shared_ptr< const LoggingRequest > request_;
  std::unique_ptr< Logger > logger_; /* NEST's, null as long as it was never needed */
  bool is_left_to_block_ = false;
};

/* What a multimeter asks of a neuron, with what it is called there; an exception of NEST's if there is no such thing. */
LoggingRequest logging_request( const Shell& shell, const nest::DataLoggingRequest& request );

/* The names of all that multimeters can record of a neuron with these values of variables, in order. */
std::vector< std::string > recordable_names( const NeuronType& type, const double* row );

} // namespace nestml_jit

#endif /* NESTML_JIT_DATA_LOGGING_H */
