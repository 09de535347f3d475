/* The contract between the host and a compiled kernel.
 *
 * The host owns all memory; a kernel owns none and has no state but one pointer
 * (NjKernel::interrupt). Everything crosses here as plain C structures over raw columns, so that a
 * kernel includes no NEST header and compiles in well under a second. A change of any structure needs a new NJ_ABI_VERSION.
 *
 * Vocabulary: a *block* holds all neurons of one model on one thread; a neuron is a *lane* of it;
 * NJ_TILE consecutive lanes form a *tile*. A *run* is a stretch of consecutive connections of one
 * source onto one block. Times are integer steps; `h` is the length of a step in ms.
 */
#ifndef NESTML_JIT_ABI_H
#define NESTML_JIT_ABI_H

#include <stdint.h>

#define NJ_ABI_VERSION 16u
#define NJ_TILE 64u

/* How many of a lane's newest history entries are kept at hand, see NjBlock::recent. */
#define NJ_RECENT 8u

/* Length in bytes of a lane's stretch of NjBlock::recent with a number of values per entry. */
#define NJ_RECENT_BYTES( values ) ( ( NJ_RECENT * 8u * ( 1u + ( values ) ) + 63u ) / 64u * 64u )

/* Key of an entry that is not there: long before all others, but the difference of two keys is exact. */
#define NJ_NO_KEY ( -4503599627370496.0 )

#ifdef __cplusplus
extern "C" {
#endif

/* One event in a neuron's past that plastic synapses read.
 *
 * `key` is (step << 1) | is_spike. An entry that is no spike fixes the moved variables' values at
 * its step (the beginning, or a `set` by the user). The moved variables *right after* the event
 * follow, then the kernel's own (NjKernel::hidden), which are NaN in entries that the host makes: entry n
 * of a lane starts at `entry + n * stride`, stride = 1 + NjKernel::history + NjKernel::hidden.
 */
typedef union NjSlot
{
  int64_t key;
  double value;
} NjSlot;

/* A lane's past, oldest first, never empty: the first entry is no newer than any time that a
 * synapse may still ask for. */
typedef struct NjHistory
{
  NjSlot* entry;
  uint32_t size;     /* entries in use */
  uint32_t capacity; /* entries allocated */
} NjHistory;

/* Steps in a row whose signals are kept: the values of its step s are number place + s - first of the lane's. */
typedef struct NjStretch
{
  int64_t first;
  uint64_t place;
} NjStretch;

/* A lane's signals of those earlier steps that a synapse may still ask for, oldest first: of each step one value per
 * signal. A stretch ends where the next one's values begin, the last one with the last value. */
typedef struct NjKept
{
  const NjStretch* stretch;
  const double* value; /* [step][signal] */
  uint64_t stretches;
  uint64_t steps;
} NjKept;

/* A block of neurons as a kernel sees it. */
typedef struct NjBlock
{
  double* ring;            /* input: of channel c and slot s at c * channel_stride + s * lane_stride */
  uint64_t lane_stride;    /* lanes per row of the ring, a multiple of NJ_TILE */
  uint64_t channel_stride; /* doubles per channel of the ring */
  const uint32_t* slot;    /* [lag] slot of the ring that arrives in this slice's step lag */
  NjHistory* history;      /* [lane], or null if no synapse reads the past */
  const uint64_t* node_id; /* [lane] */
  uint64_t seed;           /* of the random number streams */
  int64_t origin;          /* first step of the slice: step lag ends at origin + lag + 1 */
  double h;                /* ms per step */
  void* host;              /* the host's own; a kernel hands it back */

  /* Report a spike of `lane` at the end of step `lag`. Called for rare events only. */
  void ( *emit )( void* host, uint32_t lane, uint32_t lag );
  /* Make room for one more history entry of `lane`; its pointers may change. */
  void ( *grow )( void* host, uint32_t lane );
  /* Print a text (print, println, info, warning); level 0 print, 1 info, 2 warning. */
  void ( *message )( void* host, uint32_t lane, int32_t level, const char* text );
  /* Report that a lane cannot be integrated; `what` names the variable and the reason. */
  void ( *fail )( void* host, uint32_t lane, uint32_t lag, const char* what );
  /* Report that a vector with `size` elements has none with this index, that an integer is divided by zero (`vector`
   * is null), or that the function `vector` calls itself without end (`size` is -1), at the end of a step. `synapse`
   * and `source` are the model and the node ID of the source of the connection to `lane` that does it, null and 0 if
   * the neuron does. */
  void ( *out_of_range )( void* host,
    uint32_t lane,
    int64_t step,
    const char* vector,
    int64_t index,
    int64_t size,
    const char* synapse,
    uint64_t source );

  /* A copy of what synapses need of the newest NJ_RECENT entries of each lane's history, or null: doubles,
   * newest entry first, for each its key, as if it were a spike, and the values NjKernel::at_hand. Entries that
   * are no spikes, or lack what is hidden, are there twice in a row, and so are told from others. Those that do
   * not exist have the key NJ_NO_KEY and values of 0, and so has the first one if it is no spike and its moved
   * states are all 0. Kernels add spikes. */
  unsigned char* recent;

  /* Values of the neurons that synapses read as third factors, or null if there are none: signal k of a
   * lane had at the end of step s the value
   * signal[ ( ( s & ( signal_steps - 1 ) ) * NjKernel::signals + k ) * lane_stride + lane ]. The kernel's
   * `update` writes them. Whoever attaches a kernel with signals provides the memory. */
  double* signal;
  uint64_t signal_steps;     /* how many steps it holds, a power of two */
  int64_t signal_first;      /* the first step that it still holds; ... */
  const NjKept* signal_kept; /* ... those before are here: [lane] */
  /* Earlier values of the variables that equations read with a delay, [step & past_mask][row][lane_stride],
   * 0 before the first step. The kernel writes the values at the beginning of each step; the host makes
   * room for the longest of the kernel's delays. Null if there are none. */
  double* past;
  int64_t past_mask;

  /* Texts are numbers in columns: the number of a text, and the text of a number. Equal texts have equal
   * numbers; a text lives as long as it is in a column, or for good if it was made outside of simulations. */
  double ( *intern )( const char* text );
  const char* ( *text )( double number );

  /* [channel] not 0: nothing arrives during this slice; the ring's rows are 0 and need not be read. Null: unknown. */
  const unsigned char* inactive;

  /* The current of gap junctions u ms after the beginning of step lag is g V less than the polynomial of u with
   * coefficients c[0], ..., c[3]: g of a lane is gap[ lane ], c[ k ] is
   * gap[ ( 1 + 4 * lag + k ) * lane_stride + lane ]. There if the kernel says that it reads it. */
  const double* gap;
  /* If not null, such a kernel writes the trajectory of the potential in step lag: its values at the beginning and at the
   * end of the step, before any jump there, and its derivatives in 1/ms, as rows 4 * lag, ..., 4 * lag + 3 of
   * lane_stride values each. */
  double* trajectory;
} NjBlock;

/* A tile: for each column of the kernel, in its order, a pointer to NJ_TILE doubles.
 *
 * Columns of parameters and internals may be shared between tiles and are read-only, except for
 * `calibrate`, which writes the internals. All NJ_TILE lanes may be computed; those from `lanes`
 * on are padding: finite, and never allowed to emit.
 */
typedef struct NjTile
{
  double* const* column;
  uint32_t first_lane; /* of the tile in its block */
  uint32_t lanes;      /* lanes in use, 1..NJ_TILE */
} NjTile;

/* How many lanes of a tile kernels compute: those in use, and padding that fills the last SIMD batch. */
static inline uint32_t
nj_computed( const NjTile* tile )
{
  return ( tile->lanes + 7u ) & ~7u;
}

/* Consecutive connections of one source onto one block, all with the same receptor. */
typedef struct NjRun
{
  const uint32_t* lane;  /* [size] target */
  const uint16_t* delay; /* [size] index into the delay tables below */
  double* const* column; /* per column of the delivery: mode "connection" points to [size] values,
                             mode "source" to one */
  uint32_t size;
  int64_t t_last; /* step of the source's last spike: the time that "source" columns refer to */
  int64_t t_done; /* postsynaptic spikes up to here (plus dendritic delay) are processed, and
                             "connection" states refer to this time; t_done >= t_last */
  uint32_t same;  /* not 0: the delay and every "connection" column are equal along the run; the
                            host tells for deliveries that change neither */
} NjRun;

/* Spikes that reach the synapses of a model through one of its modulatory ports, oldest first: all that
 * a connection may still ask for. */
typedef struct NjModulation
{
  const int64_t* step;          /* [size] when each reaches the synapses, rising */
  const uint32_t* multiplicity; /* [size] how many spikes that is */
  uint32_t size;
} NjModulation;

/* What holds for all events of one spike onto one block and receptor. */
typedef struct NjDelivery
{
  NjBlock* block;
  const uint32_t* delay_steps; /* [delay index] the connection's delay in steps */
  const uint64_t* slot_offset; /* [delay index] offset into the ring of the slot of arrival */
  const double* scalar;        /* values that all connections share, in the card's order */
  const double* scratch;       /* what `prepare` filled */
  int64_t t_spike;             /* step of the presynaptic spike */
  uint64_t positive;           /* offset into a slot for weights >= 0 */
  uint64_t negative;           /* offset into a slot for weights < 0 */
  double negative_sign;        /* what a negative weight is multiplied by: 1, or -1 if flipped */
  int64_t count_positive;      /* offset of the channel that counts arrivals, or -1 */
  int64_t count_negative;
  uint32_t multiplicity; /* how many spikes arrive at once */
  double* emitted;       /* [run size] if not null: the weight that each event carried */
  double stdp_eps;       /* unused by kernels that compare integer steps */

  /* One per modulatory port, in the card's order; may be null if there are none. */
  const NjModulation* modulation;
  uint64_t source_id; /* node ID of the presynaptic neuron, for random numbers */
  /* Newest step whose signals are there; what is asked of later steps gets its values. */
  int64_t signal_last;

  /* Note an event of connection number i of the run, for the presynaptic spike number `repeat` of those that
     arrive at once. Called by synapses that may emit several times for one spike; null if nobody wants to know. */
  void ( *note )( void* notes, uint32_t i, uint32_t repeat, double weight );
  void* notes;

  /* Send an event along connection number i of the run that something else than a presynaptic spike led to, at a
     step up to which presynaptic spikes are known. Null if nothing is to be sent. */
  void ( *emit )( void* emitter, uint32_t i, int64_t step, double weight );
  void* emitter;

  /* How many earlier values of each variable that is read with a delay connections keep. */
  uint32_t past;

  /* Postsynaptic spikes that reach the synapse up to this step are left out; 0: none are. */
  int64_t deaf_until;
} NjDelivery;

/* The functions of one synapse model that targets the neuron. */
typedef struct NjDeliveryFunctions
{
  const char* synapse;
  uint32_t columns; /* number of pointers in NjRun::column; those of NjDelivery::past values per variable that is
                       read with a delay follow, newest first, as they were before each of the last steps */
  uint32_t scalars;
  uint32_t scratch; /* doubles that prepare fills */
  /* Fill `scratch` (decay tables) from the scalars. */
  void ( *prepare )( const double* scalar, double h, double* scratch );
  /* A presynaptic spike at t_spike: bring every connection of the run up to date, apply the
     presynaptic handler, and add what is emitted to the ring. Leaves "source" columns alone. */
  void ( *deliver )( const NjDelivery*, const NjRun* );
  /* Bring connections from t_done to step `until`: process postsynaptic and modulatory spikes that reach the
     synapse, nothing else. Null if the synapse looks at neither, nor at the neuron's past. An interval that this
     divides has other roundings: it is done to what is shown, and where a user sets something. */
  void ( *advance )( const NjDelivery*, const NjRun*, int64_t until );
  /* Bring the "source" columns from t_last over the spike at t_spike; called once after all runs
     of a source. Null if there are none. `source` holds one pointer per column, as in NjRun. Of multiplicity 0 no
     spike comes, and just the time passes. */
  void ( *spike )( const NjDelivery*, double* const* source, int64_t t_last );
  /* The moved states as connection number i of the run would have them at t_done if they were its
     own, one after another as in the card. Null if there are none. */
  void ( *look )( const NjDelivery*, const NjRun*, uint32_t i, double* values );
  /* Like `advance`, but time passes up to `until` although nothing happens then, which divides an interval that
     `advance` leaves whole. Null if there are no such intervals, or if passing them has effects. */
  void ( *settle )( const NjDelivery*, const NjRun*, int64_t until );
  /* The states that follow from postsynaptic spikes and parameters alone, both in the card's order. They have the
     first values of `values` at step `from`; those right after each of the spikes (at rising steps) follow, then
     those at step `until`: ( spikes + 2 ) times the number of states. Null if there are none. */
  void ( *replay )( const double* parameter,
    double h,
    int64_t from,
    const int64_t* spike,
    uint32_t spikes,
    int64_t until,
    double* values );
} NjDeliveryFunctions;

/* How a loop that may never end learns that the user wants the simulation to end (Ctrl-C). */
typedef struct NjInterrupt
{
  volatile int32_t wanted; /* not 0: the user does, and `give_up` is to be asked */
  /* Whether a loop is to be given up; not 0 only if it goes on for long after the user's wish. `since` belongs to the
   * outermost loop around the place and is 0 when that begins; null in recursions, where the time since the wish
   * counts. `where` names the place for people. */
  int32_t ( *give_up )( double* since, const char* where );
} NjInterrupt;

typedef struct NjKernel
{
  uint32_t abi_version;
  uint32_t tile;
  const char* neuron;
  uint32_t columns;    /* number of pointers in NjTile::column */
  uint32_t history;    /* moved states per history entry */
  uint32_t deliveries; /* length of `delivery` */
  const NjDeliveryFunctions* delivery;
  /* Fill the internal columns of a tile from its parameters. If `lanes` is 1 only the first lane
     is wanted: the host broadcasts it. Of the block only what reports is looked at. */
  void ( *calibrate )( const NjBlock*, const NjTile*, uint32_t lanes, double h );
  /* Advance a tile over the steps from..to-1 of the slice. */
  void ( *update )( const NjBlock*, const NjTile*, uint32_t from, uint32_t to );
  /* Value of recordable inline number `index` of a lane of the tile; t is the current step. Null if
     there are none. */
  double ( *observe )( const NjBlock*, const NjTile*, uint32_t lane_in_tile, uint32_t index, int64_t t );
  /* Write the moved states' values at step t (after all events up to t) to their columns. Null if
     there are none. */
  void ( *recall )( const NjBlock*, const NjTile*, int64_t t );
  uint32_t signals; /* values per lane and step that `update` writes to NjBlock::signal */
  uint32_t coupled; /* not 0: reads NjBlock::gap and writes NjBlock::trajectory */
  uint32_t hidden;  /* values per history entry that only the kernel knows of */
  /* Positions in a history entry of the values that NjBlock::recent has, `at_hands` of them. */
  uint32_t at_hands;
  const uint32_t* at_hand;
  /* Where the kernel keeps what its loops ask; the host replaces it. */
  const NjInterrupt** interrupt;
  /* Write the history entry `next` of a spike of lane `l` of the tile at a step, as `update` does: it follows from the
     entry in front of it and the moved parameters. Null if the kernel keeps no history. */
  void ( *follow )( const NjTile*, uint32_t l, double h, NjSlot* next, int64_t step );
} NjKernel;

/* The one symbol that a kernel exports: `const NjKernel* nestml_jit_kernel( void )`. */

#ifdef __cplusplus
}
#endif

#endif /* NESTML_JIT_ABI_H */
