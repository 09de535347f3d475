/* The recording back end "memory": NEST's, with columns of ours beside it. */
#ifndef NESTML_JIT_MEMORY_BACKEND_H
#define NESTML_JIT_MEMORY_BACKEND_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "recording_backend.h"
#include "recording_device.h"

#include "recorders/event_rows.h"
#include "recorders/samples.h"

namespace nestml_jit
{

/* Stands in the place of NEST's back end once blocks record. NEST's goes on to check parameters and to name values, and keeps
 * what it has; everything that comes later is kept here: what NEST's nodes write, and what blocks add. */
class MemoryBackend : public nest::RecordingBackend
{
public:
  /* Have NEST use one of these. */
  static MemoryBackend& install();

  /* The one that NEST uses, null if it uses its own. */
  static MemoryBackend* find();

  explicit MemoryBackend( nest::RecordingBackend* nests );
  ~MemoryBackend() throw() override;

  /* Events of a recorder on its thread. */
  EventRows& rows( const nest::RecordingDevice& device );

  /* The same for a thread, null if there are none. */
  const EventRows* find_rows( uint64_t device, size_t thread ) const;

  /* Samples of a multimeter on all threads; only one thread asks for them. */
  Samples&
  samples( const uint64_t device )
  {
    return samples_[ device ];
  }

  /* The same, null if there are none. */
  const Samples* find_samples( uint64_t device ) const;

  /* Number of events that NEST has written for a recorder: [thread]. */
  std::vector< size_t > events( uint64_t device ) const;

  void initialize() override;
  void finalize() override;
  void enroll( const nest::RecordingDevice& device, const Dictionary& params ) override;
  void disenroll( const nest::RecordingDevice& device ) override;
  void set_value_names( const nest::RecordingDevice& device,
    const std::vector< std::string >& double_value_names,
    const std::vector< std::string >& long_value_names ) override;
  void prepare() override;
  void cleanup() override;
  void pre_run_hook() override;
  void post_run_hook() override;
  void post_step_hook() override;
  void write( const nest::RecordingDevice& device,
    const nest::Event& event,
    const std::vector< double >& double_values,
    const std::vector< long >& long_values ) override;
  void set_status( const Dictionary& params ) override;
  void get_status( Dictionary& params ) const override;
  void check_device_status( const Dictionary& params ) const override;
  void get_device_defaults( Dictionary& params ) const override;
  void get_device_status( const nest::RecordingDevice& device, Dictionary& params ) const override;

private:
  void clear( const nest::RecordingDevice& device, int64_t until );

  std::unique_ptr< nest::RecordingBackend > nests_;
  std::vector< std::map< uint64_t, EventRows > > rows_; /* [thread] by node ID */
  std::map< uint64_t, Samples > samples_;               /* by node ID */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_MEMORY_BACKEND_H */
