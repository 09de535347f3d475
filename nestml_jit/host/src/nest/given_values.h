/* Values that a user gives for variables of a node or a connection. */
#ifndef NESTML_JIT_GIVEN_VALUES_H
#define NESTML_JIT_GIVEN_VALUES_H

#include <string>
#include <vector>

#include "dict_util.h"
#include "dictionary.h"
#include "node.h"

namespace nestml_jit
{

/* A dictionary of NEST's, and the node for which random parameters in it are drawn; connections get drawn numbers.
 * Looking a value up marks it as read, as NEST wants it. */
class GivenValues
{
public:
  explicit GivenValues( const Dictionary& d, nest::Node* const node = nullptr )
    : d_( d )
    , node_( node )
  {
  }

  bool
  known( const std::string& key ) const
  {
    return d_.known( key );
  }

  const any_type&
  at( const std::string& key ) const
  {
    return d_.at( key );
  }

  /* Accept a value that is what is shown under a key; another one is left for NEST to complain about. */
  void accept( const std::string& key, const Dictionary& shown ) const;

  /* Replace `value` by what is given under a key; false if nothing is. */
  template < typename T >
  bool
  update( const std::string& key, T& value ) const
  {
    return d_.update_value( key, value );
  }

  /* The same, where a random parameter may be given. */
  template < typename T >
  bool
  update_or_draw( const std::string& key, T& value ) const
  {
    return node_ ? nest::update_value_param( d_, key, value, node_ ) : d_.update_value( key, value );
  }

  /* Whether a value is a random parameter. */
  static bool is_random( const any_type& value );

  /* Numbers drawn from a random parameter for the node; none without a node. */
  std::vector< double > draw( const any_type& value, size_t size ) const;

private:
  const Dictionary& d_;
  nest::Node* node_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_GIVEN_VALUES_H */
