/* Recordables of NEST's own neurons, which synapses read as third factors. */
#ifndef NESTML_JIT_RECORDABLES_H
#define NESTML_JIT_RECORDABLES_H

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "node.h"

namespace nestml_jit
{

/* Takes what the neurons of a thread record, slice by slice, in the way of NEST's multimeters.
 *
 * A neuron records a variable at the end of each step once somebody has asked it to, keeps that for the slice in which
 * somebody has to fetch it, and never stops. So this lives as long as the neurons. NEST updates a node of ours
 * with each slice, which fetches what nobody has fetched before it; that node is among NEST's while it simulates. */
class Recordables
{
public:
  /* Wants to know of every step of some recordables. */
  class Reader
  {
  public:
    virtual ~Reader() = default;

    /* Make ready for values, while `last` gives those of the slice before. */
    virtual void expect( int64_t last ) = 0;

    /* Take the values of the steps behind `first` up to `last`. */
    virtual void take( int64_t first, int64_t last ) = 0;
  };

  ~Recordables();

  static Recordables& of( size_t thread );

  /* Let NEST update our nodes, or no longer. */
  static void begin_run();
  static void end_run();

  /* Forget all neurons, which are no more. */
  static void forget();

  /* Why a neuron's recordable cannot be read through a port from now on, "" if it can. */
  std::string refusal( nest::Node& node, const std::string& port, const std::string& name, const std::string& synapse );

  /* Have a neuron record a variable; returns the number of the two. */
  size_t follow( nest::Node& node, const std::string& name );

  void add( Reader& reader );
  void remove( Reader& reader );

  /* Fetch what the neurons recorded in the slice that has just ended, unless that is done. */
  void fetch();

  /* The newest value that was fetched. */
  double
  last( const size_t number ) const
  {
    return followed_[ number ].last;
  }

  /* The value `lag` steps behind the beginning of the slice that was fetched last; the first is number 0. */
  double
  value( const size_t number, const size_t lag ) const
  {
    return followed_[ number ].values[ lag ];
  }

private:
  class Listener;

  /* A recordable of a neuron. */
  struct Followed
  {
    nest::Node* node;
    size_t rport;
    Listener* listener;
    double last;
    bool records = false; /* NEST has prepared the neuron since */
    std::vector< double > values;
  };

  explicit Recordables( size_t thread );

  Listener& listener( const std::string& name );
  void request( size_t number );
  void receive( nest::DataLoggingReply& reply );
  void note_prepared();
  void prepare_late();
  void listen();
  static void prepare_within( nest::Node& node );

  size_t thread_;
  int64_t fetched_ = INT64_MIN; /* step up to which values were fetched */
  int64_t first_ = 0;           /* step before the first of these */
  bool listens_ = false;        /* our node is among NEST's */
  std::vector< std::pair< std::string, std::unique_ptr< Listener > > > listeners_;
  std::map< std::pair< const nest::Node*, std::string >, size_t > lookup_;
  std::vector< Followed > followed_;
  std::vector< Reader* > readers_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_RECORDABLES_H */
