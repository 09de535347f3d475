/* Generators of noise. */
#ifndef NESTML_JIT_NOISE_SENDING_H
#define NESTML_JIT_NOISE_SENDING_H

#include <cstdint>
#include <vector>

#include "noise_generator.h"

#include "generators/noise.h"
#include "generators/weighted_input.h"
#include "nest/device_connections.h"
#include "nest/remaining_targets.h"

namespace nestml_jit
{

/* Stands in the place of a noise_generator's connector, and draws in its place. NEST sends an event in each step in which
 * the generator is active; a current for each target is drawn when the last ones have lasted for their time.
 *
 * The node has none of these currents, but a single one, which it records: the mean of all those of the next step. It gets
 * the present ones back with its connector. */
class NoiseSending : public RemainingTargets
{
public:
  NoiseSending( nest::noise_generator& node,
    nest::ConnectorBase& whole,
    const DeviceConnections& connections,
    std::vector< size_t > others,
    bool passes_all );

  void begin_run( bool is_changed ) override;
  void end_run() override;
  void give_back() override;
  bool
  is_needed() const override
  {
    return true;
  }

  void send_to_all( size_t tid, const std::vector< nest::ConnectorModel* >& cm, nest::Event& e ) override;

private:
  void read_parameters();
  int64_t first_active_step() const;
  double deviation( int64_t step ) const;
  void draw( int64_t step );
  double mean_current( int64_t step );
  void take_currents();

  nest::noise_generator& node_;
  NoiseNumbers numbers_;
  uint64_t seed_;
  std::vector< WeightedInput > inputs_;
  std::vector< double > currents_;  /* [position] the present ones */
  std::vector< double > next_ones_; /* those that are drawn in step `drawn_` */
  double mean_of_currents_ = 0.0;
  double mean_of_next_ones_ = 0.0;
  int64_t drawn_ = -1;
  int64_t until_ = 0;      /* from this step on there are others */
  size_t connections_ = 0; /* as the node counts them, from the first simulation on */
  bool is_recordable_;

  double mean_ = 0.0;
  double std_ = 0.0;
  double std_mod_ = 0.0;
  double angular_frequency_ = 0.0; /* rad/ms */
  double phase_ = 0.0;
  int64_t interval_ = 1; /* steps */
  int64_t start_ = 0;    /* step */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_NOISE_SENDING_H */
