/* A generator of spikes, as blocks see it. */
#ifndef NESTML_JIT_GENERATOR_H
#define NESTML_JIT_GENERATOR_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "generators/poisson_table.h"

namespace nestml_jit
{

/* The tables of the generators of a thread: those of one mean share one. */
class PoissonTables
{
public:
  /* A table that will be used for long. */
  std::shared_ptr< const PoissonTable > table( double mean );

private:
  std::map< double, std::shared_ptr< const PoissonTable > > by_mean_;
};

/* Generates Poisson numbers of spikes, independent of each other for each connection and step. */
class Generator
{
public:
  Generator( uint64_t id, PoissonTables& tables );
  virtual ~Generator() = default;

  Generator( const Generator& ) = delete;
  Generator& operator=( const Generator& ) = delete;

  uint64_t
  id() const
  {
    return id_;
  }

  /* Note how many connections the generator has. */
  void
  add_targets( const size_t number )
  {
    targets_ += number;
  }

  /* Begin a simulation, after parameters of the node were set if `is_changed`. Returns whether tables can be made. */
  bool begin_run( bool is_changed );

  /* Find out what is generated in steps of the slice that begins at a step. Several blocks may ask for it. */
  void begin_slice( int64_t origin, long from, long to );

  /* What decides about the numbers of spikes in step `lag` of the slice; null if there are none. */
  const PoissonTable*
  table( const size_t lag ) const
  {
    return tables_of_lags_[ lag ].get();
  }

private:
  /* Read the parameters of the node; returns the largest mean number of spikes in a step. */
  virtual double read() = 0;

  /* Whether what is read of the node changes while it is simulated. */
  virtual bool
  has_state() const
  {
    return false;
  }

  /* The mean number of spikes in a step; 0 if the generator is not active then. */
  virtual double mean( int64_t step ) = 0;

  uint64_t id_; /* of its node */
  std::shared_ptr< const PoissonTable > table_for( double mean );
  unsigned quick_bits( double mean ) const;

  PoissonTables& tables_;
  size_t targets_ = 0;
  int64_t origin_ = -1;
  long from_ = -1;
  std::vector< std::shared_ptr< const PoissonTable > > tables_of_lags_;
  double mean_ = 0.0; /* the last one */
  std::shared_ptr< const PoissonTable > table_;
  int steps_of_table_ = 0; /* in which the table was used, up to `many_steps` */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_GENERATOR_H */
