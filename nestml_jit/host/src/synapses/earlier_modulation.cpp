#include "synapses/earlier_modulation.h"

#include <algorithm>

namespace nestml_jit
{

EarlierModulation::EarlierModulation( ConnectionData& data, LoneAdvance& advance, ModulatoryInput& modulation )
  : data_( data )
  , advance_( advance )
  , modulation_( modulation )
{
}

/* Say if the connections of a run have not heard all. */
bool
EarlierModulation::concerns( const Run& run ) const
{
  return not run.disabled and data_.index.segment( run ).t_unheard != INT64_MAX;
}

void
EarlierModulation::tell_all()
{
  const auto runs = data_.index.runs();
  const bool can_pass = data_.index.indexed() == data_.size()
    and std::all_of( runs.begin(),
      runs.end(),
      [ & ]( const Run& run ) { return not concerns( run ) or advance_.can_pass( run.first ); } );
  if ( not can_pass )
  {
    return;
  }
  modulation_.take();
  for ( const Run& run : runs )
  {
    for ( size_t lcid = run.first; concerns( run ) and lcid < size_t( run.first ) + run.size; ++lcid )
    {
      advance_.hear( lcid, data_.index.segment( run ).t_unheard );
    }
  }
  data_.index.note_heard();
}

} // namespace nestml_jit
