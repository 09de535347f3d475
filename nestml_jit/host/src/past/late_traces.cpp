#include "past/late_traces.h"

#include <iterator>

#include "neurons/neuron_type.h"
#include "past/replay.h"

namespace nestml_jit
{

namespace
{

constexpr size_t nowhere = SIZE_MAX;

} // namespace

LateTraces::LateTraces( const NeuronType& type,
  const Store& store,
  const double h,
  const std::vector< bool >& interfered,
  History& history )
  : type_( type )
  , store_( store )
  , h_( h )
  , interfered_( interfered )
  , history_( history )
{
}

void
LateTraces::fill_new( const std::vector< int >& source )
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
      fill( replayed, from, lane );
    }
  }
}

void
LateTraces::fill_all( const size_t lane )
{
  const Binding& binding = *type_.binding();
  const std::vector< int > all_new( binding.history.size(), -1 );
  for ( const auto& [ synapse, delivery ] : binding.deliveries )
  {
    if ( delivery.functions->replay )
    {
      const Replayed replayed = find_replayed( synapse, delivery, all_new );
      fill( replayed, std::vector< size_t >( replayed.places.size(), nowhere ), lane );
    }
  }
}

LateTraces::Replayed
LateTraces::find_replayed( const std::string& synapse,
  const BoundDelivery& delivery,
  const std::vector< int >& source ) const
{
  const auto column = [ & ]( const std::string& name ) { return type_.variables().find( name + "__for_" + synapse ); };
  const std::vector< size_t >& history = type_.binding()->history;
  Replayed found { &delivery, {}, {} };
  for ( const BoundTrace& trace : delivery.traces )
  {
    Place place { column( trace.name ), nowhere, false };
    const auto state =
      static_cast< size_t >( std::find( history.begin(), history.end(), place.column ) - history.begin() );
    if ( state < history.size() )
    {
      place.value = 1 + state;
      place.is_new = source[ state ] < 0;
    }
    found.places.push_back( place );
  }
  std::transform( delivery.replay.begin(), delivery.replay.end(), std::back_inserter( found.parameters ), column );
  return found;
}

std::vector< double >
LateTraces::parameters_of( const Replayed& replayed, const size_t lane ) const
{
  std::vector< double > values;
  for ( const size_t column : replayed.parameters )
  {
    values.push_back( column < store_.columns() ? store_.get( column, lane ) : 0.0 );
  }
  return values;
}

/* Where the values of a trace of a lane are: in its own place, if it is not new or a user gave it a value, or in that
 * of another model's trace that has always been the same; `nowhere` if they are to be computed. */
size_t
LateTraces::find_values( const Replayed& replayed,
  const size_t k,
  const std::vector< Replayed >& all,
  const size_t lane ) const
{
  const Place& place = replayed.places[ k ];
  if ( not place.is_new or not is_same( store_.get( place.column, lane ), replayed.delivery->traces[ k ].initial ) )
  {
    return place.value;
  }
  const bool interfered = lane < interfered_.size() and interfered_[ lane ];
  return interfered ? nowhere : find_twin( replayed, k, all, lane );
}

/* The place of a trace that is not new and has always been the same as this one. */
size_t
LateTraces::find_twin( const Replayed& replayed,
  const size_t k,
  const std::vector< Replayed >& all,
  const size_t lane ) const
{
  const BoundTrace& trace = replayed.delivery->traces[ k ];
  const std::vector< double > parameters = parameters_of( replayed, lane );
  for ( const Replayed& other : all )
  {
    for ( size_t j = 0; j < other.places.size(); ++j )
    {
      const Place& theirs = other.places[ j ];
      if ( theirs.value != nowhere and not theirs.is_new
        and are_twins( trace, parameters, other.delivery->traces[ j ], parameters_of( other, lane ) ) )
      {
        return theirs.value;
      }
    }
  }
  return nowhere;
}

/* Fill the entries of one lane with the traces of one synapse model, given where the values of each are. */
void
LateTraces::fill( const Replayed& replayed, const std::vector< size_t >& from, const size_t lane )
{
  const std::vector< double > parameters = parameters_of( replayed, lane );
  const int64_t begin = history_.beginning( lane ).step();
  const std::vector< int64_t > spikes = spikes_until( history_, lane, INT64_MAX );
  const std::vector< double > values = replay( *replayed.delivery, parameters, h_, begin, spikes, begin );
  const size_t width = replayed.places.size();
  size_t passed = history_.beginning( lane ).older().size(); // spikes
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
        between = replay( *replayed.delivery, parameters, h_, begin, before, step );
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

} // namespace nestml_jit
