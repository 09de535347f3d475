/* Texts as numbers: columns hold doubles, so a text is kept once and known by its number. */
#ifndef NESTML_JIT_TEXTS_H
#define NESTML_JIT_TEXTS_H

#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

namespace nestml_jit
{

class Texts
{
public:
  static Texts&
  get()
  {
    static Texts texts;
    return texts;
  }

  /* The number of a text; 0 is the empty text, so that a column of zeros is one of empty texts. */
  double
  number( const std::string& text )
  {
    const std::lock_guard< std::mutex > lock( mutex_ );
    const auto [ found, is_new ] = numbers_.try_emplace( text, texts_.size() );
    if ( is_new )
    {
      texts_.push_back( text );
    }
    return static_cast< double >( found->second );
  }

  const std::string&
  text( const double number )
  {
    const std::lock_guard< std::mutex > lock( mutex_ );
    const auto index = static_cast< size_t >( number );
    return texts_[ index < texts_.size() ? index : 0 ];
  }

private:
  std::mutex mutex_;
  std::unordered_map< std::string, size_t > numbers_ { { "", 0 } };
  std::deque< std::string > texts_ { "" }; /* references into it stay valid */
};

} // namespace nestml_jit

#endif /* NESTML_JIT_TEXTS_H */
