/* The variables of a synapse model's connections on one thread. */
#ifndef NESTML_JIT_SYNAPSE_TABLE_H
#define NESTML_JIT_SYNAPSE_TABLE_H

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "synapses/run_index.h"
#include "synapses/synapse_column.h"
#include "values/description.h"

namespace nestml_jit
{

/* A column per variable, in the model's order. Columns of earlier values follow, for variables that equations read with
 * a delay: all of the first such variable, newest value first, then those of the next one. */
class SynapseTable
{
public:
  SynapseTable( const SynapseDescription& description, RunIndex& index );

  /* Values that differ between new connections: of one variable, as many as connections. */
  struct Own
  {
    size_t column;
    const double* values;
  };

  /* Give the variables of the `n` newest connections, which the index knows, their values: those of the row, but for
   * variables that have own ones. */
  void append( size_t n, const std::vector< double >& row, std::span< const Own > own );

  /* Remove all connections from number `size` on; the index has done so. */
  void shorten( size_t size );

  /* Give a column the mode that a kernel wants; never narrows what was set per connection. */
  void apply_mode( size_t column, SynapseColumn::Mode mode );

  /* Have as many columns of earlier values. Values that are kept already stay: columns hold newest values first. */
  void fit_past( size_t columns );

  double value( size_t column, size_t lcid ) const;
  void set_value( size_t column, size_t lcid, double value );
  void read( size_t lcid, std::vector< double >& row ) const;

  /* The same for a column of consecutive connections: copy their values, or set them, all to `*values` if `one`. */
  void read( size_t column, size_t first, size_t count, double* out ) const;
  void write( size_t column, size_t first, size_t count, const double* values, bool one );
  void set_common( size_t column, double value );

  /* The weight of a connection, whose model has one. */
  double weight( size_t lcid ) const;

  /* Say if a variable has one value for all connections, which is then stored in `value`. If `seen`, it must be the
   * value that is there. */
  bool is_uniform( size_t column, bool& seen, double& value ) const;

  /* Say if a variable was not set for a connection. */
  bool is_untouched( size_t column, size_t lcid ) const;

  /* Replace the values of "source" variables, [column][segment]; the index has such segments now. */
  void replace_sources( std::vector< LargeVector< double > > values );

  /* Bytes that each connection takes. */
  size_t bytes() const;

  /* Call a function with the number of each text. */
  void each_text( const std::function< void( double ) >& visit ) const;

  std::span< const SynapseColumn >
  columns() const
  {
    return columns_;
  }

  /* Where the values of the connections of a run, or those that they share, begin. */
  double*
  begin( const size_t column, const Run& run )
  {
    SynapseColumn& found = columns_[ column ];
    return found.values.data() + ( found.mode == SynapseColumn::Mode::source ? run.segment : run.first );
  }

  const SynapseDescription&
  description() const
  {
    return description_;
  }

  /* A number that is raised when kernels may need more columns than there are. */
  uint64_t
  revision() const
  {
    return revision_;
  }

  /* Call `change` with each array of an entry per connection; it may change their order. */
  template < typename Change >
  void
  for_each_array( const Change& change )
  {
    for ( SynapseColumn& column : columns_ )
    {
      if ( column.mode == SynapseColumn::Mode::connection )
      {
        change( column.values );
      }
    }
  }

private:
  void append( SynapseColumn& column, size_t first, size_t n, double value );
  void append( SynapseColumn& column, size_t first, size_t n, const double* values );
  template < typename Test >
  bool agree( const SynapseColumn& column, Test test ) const;

  const SynapseDescription& description_;
  RunIndex& index_;
  std::vector< SynapseColumn > columns_;
  uint64_t revision_ = 0;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SYNAPSE_TABLE_H */
