/* Where connections of NEST's static synapse go: what many of them share. */
#ifndef NESTML_JIT_STATIC_ROUTES_H
#define NESTML_JIT_STATIC_ROUTES_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "neurons/block.h"

namespace nestml_jit
{

/* A block, one of its receptors, and a delay. A null block means that connections are sent through NEST's own path. */
struct StaticRoute
{
  Block* block;
  size_t rport;   /* the receptor's route; without a block, its number */
  uint32_t delay; /* steps */
};

/* Rows of the ring in which spikes of one step arrive on a route, for weights >= 0 and for others. */
struct Arrival
{
  uint64_t slice = 0;                      /* that the rows belong to */
  std::array< double*, 2 > row {};         /* null until something arrives */
  std::array< double*, 2 > count {};       /* null if arrivals are not counted */
  std::array< double, 2 > sign { 1., 1. }; /* what weights are multiplied by */
};

/* Routes by number, which connections store. */
class StaticRoutes
{
public:
  /* The number of a route, which is added if it is new. */
  uint32_t number_of( const StaticRoute& route );

  const StaticRoute&
  operator[]( const uint32_t number ) const
  {
    return routes_[ number ];
  }

  /* Begin with the spikes of a step, which are delivered in the slice that begins at a step. Returns the arrivals of
   * each route, which are to be asked for by `arrival`. */
  Arrival* arrivals( int64_t t_spike, int64_t origin );

  /* The rows of a route, to which something with a weight of a sign is added now. Null if it has no block. */
  const Arrival*
  arrival( Arrival* const arrivals, const uint32_t number, const bool negative )
  {
    Arrival& found = arrivals[ number ];
    const bool is_known = found.slice == slice_ and found.row[ negative ];
    return is_known or find_rows( found, routes_[ number ], negative ) ? &found : nullptr;
  }

private:
  /* A block and receptor, with the number of the route for each delay. */
  struct Kind
  {
    Block* block;
    size_t rport;
    std::vector< uint32_t > by_delay;                 /* [steps] number + 1, for short delays */
    std::unordered_map< uint32_t, uint32_t > by_long; /* the same for others */
  };

  static constexpr uint32_t longest_short_ = 1 << 14;

  Kind& kind_of( const StaticRoute& route );
  bool find_rows( Arrival& arrival, const StaticRoute& route, bool negative ) const;

  std::vector< StaticRoute > routes_;
  std::vector< Kind > kinds_;
  std::vector< std::vector< Arrival > > arrivals_; /* [lag][route] */
  uint64_t slice_ = 0;                             /* counts slices in which spikes were delivered */
  int64_t origin_ = INT64_MIN;                     /* of the present one */
  uint64_t epoch_ = 0;                             /* the same of simulations */
  int64_t t_spike_ = 0;                            /* of the spikes that are delivered now */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_STATIC_ROUTES_H */
