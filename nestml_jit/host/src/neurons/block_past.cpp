/* The past of a block's neurons: where it begins, and what synapse models that are new find there. */
#include "neurons/block.h"

#include <algorithm>

#include "kernel_manager.h"

#include "nest/reached.h"
#include "nest/shell.h"
#include "neurons/neuron_type.h"
#include "neurons/replay.h"

namespace nestml_jit
{

namespace
{

constexpr size_t nowhere = SIZE_MAX;

} // namespace

/* What a delivery's `replay` computes, seen from the neurons' columns and history. */
struct Block::Replayed
{
  /* A state of a synapse model in the history: values of entries are counted from 1. */
  struct StatePlace
  {
    size_t column = nowhere;
    size_t value = nowhere;
    bool is_new = false;
  };

  const BoundDelivery* delivery;
  std::vector< StatePlace > places; /* [state] */
  std::vector< size_t > parameters; /* columns */

  bool
  any_new() const
  {
    return std::any_of( places.begin(), places.end(), []( const StatePlace& place ) { return place.is_new; } );
  }
};

void
Block::fit_history()
{
  const Binding& binding = *type_.binding();
  const bool wanted = std::any_of( binding.deliveries.begin(),
    binding.deliveries.end(),
    []( const auto& delivery ) { return delivery.second.uses_history; } );
  if ( not wanted )
  {
    nj_.history = nullptr;
    nj_.recent = nullptr;
    return;
  }
  const auto initial = [ & ]( const size_t lane, const size_t s ) { return store_.get( binding.history[ s ], lane ); };
  const NjKernel& kernel = *binding.kernel;
  history_.arrange( kernel.hidden, { kernel.at_hand, kernel.at_hand + kernel.at_hands } );
  const bool is_other = history_of_ and history_of_->kernel != binding.kernel;
  if ( history_.is_kept() and ( is_other or moved_ != binding.history ) )
  {
    const std::vector< int > source = sources_of( binding );
    history_.relayout( source, initial );
    replay_new( source );
  }
  moved_ = binding.history;
  before_ = binding.before;
  history_of_ = type_.shared_binding();
  const size_t kept = history_.lanes();
  history_.keep( binding.history.size(), store_.lanes(), reached_step(), initial );
  history_.follow( follower( binding ) );
  for ( size_t lane = kept; lane < history_.lanes(); ++lane )
  {
    if ( is_read( lane ) )
    {
      inherit( lane );
    }
  }
  nj_.history = history_.data();
  nj_.recent = history_.recent();
}

/* Where the values of an entry of another kernel's layout are in the present one; -1 if it lacks them. */
std::vector< int >
Block::sources_of( const Binding& binding ) const
{
  std::vector< int > source;
  const auto find = [ &source ]( const auto& columns, const size_t column, const size_t first )
  {
    const auto old = std::find( columns.begin(), columns.end(), column );
    source.push_back( old == columns.end() ? -1 : static_cast< int >( first + ( old - columns.begin() ) ) );
  };
  for ( const size_t column : binding.history )
  {
    find( moved_, column, 0 );
  }
  for ( const size_t column : binding.before )
  {
    find( before_, column, moved_.size() );
  }
  return source;
}

/* How entries follow from each other with a kernel. */
Follower
Block::follower( const Binding& binding ) const
{
  Follower found;
  found.h = nj_.h;
  found.follow = binding.kernel->follow;
  found.columns = binding.columns.size();
  std::vector< size_t > columns;
  for ( size_t k = 0; k < binding.columns.size(); ++k )
  {
    const BoundColumn& column = binding.columns[ k ];
    if ( not column.internal and type_.variables()[ column.index ].kind == Kind::moved_parameter )
    {
      found.parameters.push_back( k );
      columns.push_back( column.index );
    }
  }
  found.value = [ this, columns ]( const size_t lane, const size_t p ) { return store_.get( columns[ p ], lane ); };
  return found;
}

/* Fit a past that is kept already to a kernel that was attached just now: connections that are new to its neurons
 * begin with what they find there. */
void
Block::adopt()
{
  if ( history_.is_kept() or has_archives_ )
  {
    nj_.h = nest::Time::get_resolution().get_ms();
    fit_history();
  }
}

/* Give states that are new to the history, those whose `source` in the old one is negative, the values that they
 * would have if their synapses had been there since the past began. */
void
Block::replay_new( const std::vector< int >& source )
{
  std::vector< Replayed > all;
  for ( const auto& [ synapse, delivery ] : type_.binding()->deliveries )
  {
    all.push_back( find_replayed( synapse, delivery, source ) );
  }
  for ( const Replayed& replayed : all )
  {
    for ( size_t lane = 0; replayed.any_new() and lane < history_.lanes(); ++lane )
    {
      std::vector< size_t > from;
      for ( size_t k = 0; k < replayed.places.size(); ++k )
      {
        from.push_back( find_values( replayed, k, all, lane ) );
      }
      replay_lane( replayed, from, lane );
    }
  }
}

Block::Replayed
Block::find_replayed( const std::string& synapse,
  const BoundDelivery& delivery,
  const std::vector< int >& source ) const
{
  const auto column = [ & ]( const std::string& name ) { return type_.variables().find( name + "__for_" + synapse ); };
  const std::vector< size_t >& history = type_.binding()->history;
  Replayed found { &delivery, {}, {} };
  for ( const BoundTrace& trace : delivery.traces )
  {
    Replayed::StatePlace place { column( trace.name ) };
    const size_t s = std::find( history.begin(), history.end(), place.column ) - history.begin();
    if ( s < history.size() )
    {
      place.value = 1 + s;
      place.is_new = source[ s ] < 0;
    }
    found.places.push_back( place );
  }
  std::transform( delivery.replay.begin(), delivery.replay.end(), std::back_inserter( found.parameters ), column );
  return found;
}

std::vector< double >
Block::parameters_of( const Replayed& replayed, const size_t lane ) const
{
  std::vector< double > values;
  for ( const size_t column : replayed.parameters )
  {
    values.push_back( column < store_.columns() ? store_.get( column, lane ) : 0.0 );
  }
  return values;
}

/* Where the values of a state of a lane are: in its own place, if it is not new or somebody gave it a value, or in that
 * of another model's state that has always been the same; `nowhere` if they are to be computed. */
size_t
Block::find_values( const Replayed& replayed,
  const size_t k,
  const std::vector< Replayed >& all,
  const size_t lane ) const
{
  const BoundTrace& trace = replayed.delivery->traces[ k ];
  const Replayed::StatePlace& place = replayed.places[ k ];
  if ( not place.is_new or not is_same( store_.get( place.column, lane ), trace.initial ) )
  {
    return place.value;
  }
  const std::vector< double > parameters = parameters_of( replayed, lane );
  const bool interfered = lane < interfered_.size() and interfered_[ lane ];
  for ( const Replayed& other : all )
  {
    for ( size_t j = 0; not interfered and j < other.places.size(); ++j )
    {
      const Replayed::StatePlace& theirs = other.places[ j ];
      if ( theirs.value != nowhere and not theirs.is_new
        and are_twins( trace, parameters, other.delivery->traces[ j ], parameters_of( other, lane ) ) )
      {
        return theirs.value;
      }
    }
  }
  return nowhere;
}

/* The same for one lane and one synapse model, given where the values of each state are. */
void
Block::replay_lane( const Replayed& replayed, const std::vector< size_t >& from, const size_t lane )
{
  const std::vector< double > parameters = parameters_of( replayed, lane );
  const int64_t begin = history_.begin( lane );
  const std::vector< int64_t > spikes = history_.spikes( lane, INT64_MAX );
  const std::vector< double > values = replay( *replayed.delivery, parameters, nj_.h, begin, spikes, begin );
  const size_t width = replayed.places.size();
  size_t passed = history_.older( lane ); // spikes
  history_.for_each_entry( lane,
    [ & ]( NjSlot* const entry )
    {
      const int64_t step = entry->key >> 1;
      const bool counts = entry->key & 1 and step > begin;
      passed += counts;
      const double* now = values.data() + ( step > begin ? passed * width : 0 );
      std::vector< double > between;
      if ( step > begin and not counts )
      {
        const std::vector< int64_t > before( spikes.begin(), spikes.begin() + static_cast< long >( passed ) );
        between = replay( *replayed.delivery, parameters, nj_.h, begin, before, step );
        now = between.data() + ( passed + 1 ) * width;
      }
      for ( size_t k = 0; k < width; ++k )
      {
        const size_t to = replayed.places[ k ].value;
        if ( to != nowhere and from[ k ] != to )
        {
          entry[ to ].value = from[ k ] == nowhere ? now[ k ] : entry[ from[ k ] ].value;
        }
      }
    } );
}

/* Let the past know that the user set a moved state: later spikes go on from there. */
void
Block::note_moved_set( const size_t lane, const std::vector< double >& row )
{
  if ( not has_fitted_past() or lane >= history_.lanes() )
  {
    return;
  }
  std::vector< double > values;
  for ( const size_t column : moved_ )
  {
    values.push_back( row[ column ] );
  }
  history_.append( lane, reached_step(), values );
  interfered_.resize( std::max( interfered_.size(), lane + 1 ), false );
  interfered_[ lane ] = true;
  nj_.history = history_.data();
  nj_.recent = history_.recent();
}

/* The first synapse that looks at a lane's past is connected. As with NEST's neurons, the past begins here:
 * moved states have their initial values, unless a user has set them. */
void
Block::begin_past( const size_t lane, const int64_t step )
{
  if ( is_read( lane ) )
  {
    return;
  }
  read_.resize( std::max( read_.size(), nodes_.size() ), false );
  read_[ lane ] = true;
  if ( not history_.is_kept() or lane >= history_.lanes() )
  {
    return;
  }
  if ( inherit( lane ) )
  {
    return;
  }
  if ( not history_.ends_with_spike( lane ) )
  {
    history_.begin_at( lane, step );
    return;
  }
  history_.restart( lane, step, first_values( lane ) );
}

/* The moved states' initial values and a lane's moved parameters. */
std::vector< double >
Block::first_values( const size_t lane ) const
{
  std::vector< double > values;
  for ( const size_t column : moved_ )
  {
    const bool is_state = type_.variables()[ column ].kind == Kind::moved_state;
    values.push_back( is_state ? type_.defaults()[ column ] : store_.get( column, lane ) );
  }
  return values;
}

/* Let a lane go on from a past that began with one of NEST's plastic synapses; false if there is none. */
bool
Block::inherit( const size_t lane )
{
  const int64_t now = reached_step();
  const Past past = nodes_[ lane ]->archived_past( now );
  if ( past.begin >= now or not has_fitted_past() )
  {
    return false;
  }
  const int64_t travelling = now - nest::kernel().connection_manager.get_max_delay();
  history_.inherit( lane, past, travelling, first_values( lane ) );
  const std::vector< int > all_new( moved_.size(), -1 );
  for ( const auto& [ synapse, delivery ] : type_.binding()->deliveries )
  {
    if ( delivery.functions->replay )
    {
      const Replayed replayed = find_replayed( synapse, delivery, all_new );
      replay_lane( replayed, std::vector< size_t >( replayed.places.size(), nowhere ), lane );
    }
  }
  nj_.history = history_.data();
  nj_.recent = history_.recent();
  return true;
}

} // namespace nestml_jit
