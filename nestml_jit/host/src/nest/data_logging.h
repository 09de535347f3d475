/* What multimeters read of a neuron. */
#ifndef NESTML_JIT_DATA_LOGGING_H
#define NESTML_JIT_DATA_LOGGING_H

#include <cstddef>
#include <string>
#include <vector>

#include "event.h"
#include "recordables_map.h"
#include "universal_data_logger.h"

namespace nestml_jit
{

class NeuronType;
class Shell;

/* NEST's data logger of a neuron that has a multimeter. Few neurons have one. */
class DataLogging
{
public:
  explicit DataLogging( Shell& shell );
  ~DataLogging();

  /* Connect a device that asks for recordables by name. */
  size_t connect( const nest::DataLoggingRequest& request );

  /* Record values at the end of a step. */
  void record( long step );

  /* Give a device what was recorded for it. */
  void answer( const nest::DataLoggingRequest& request );

  void reset();
  void init();

private:
  void name_recordables();
  void name_elements( const std::vector< double >& row );

  Shell& shell_;
  nest::DynamicRecordablesMap< Shell > recordables_;
  nest::DynamicUniversalDataLogger< Shell > logger_;
};

/* The names of all that multimeters can record of a neuron with these values of variables, in order. */
std::vector< std::string > recordable_names( const NeuronType& type, const double* row );

} // namespace nestml_jit

#endif /* NESTML_JIT_DATA_LOGGING_H */
