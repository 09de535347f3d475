/* Values that are given back after they were changed on trial. */
#ifndef NESTML_JIT_SAVED_VALUES_H
#define NESTML_JIT_SAVED_VALUES_H

#include <algorithm>
#include <cstddef>
#include <vector>

namespace nestml_jit
{

/* Copies of arrays, and where each of them belongs. A block saves what a slice must not change in the end: all states
 * for a trial of waveform relaxation, those of single lanes if they are frozen. */
class SavedValues
{
public:
  void
  save( double* const place, const size_t size )
  {
    places_.push_back( { place, size, values_.size() } );
    values_.insert( values_.end(), place, place + size );
  }

  void
  give_back() const
  {
    for ( const Place& place : places_ )
    {
      std::copy_n( values_.data() + place.first, place.size, place.memory );
    }
  }

private:
  struct Place
  {
    double* memory;
    size_t size;
    size_t first; /* of its copies in `values_` */
  };

  std::vector< Place > places_;
  std::vector< double > values_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SAVED_VALUES_H */
