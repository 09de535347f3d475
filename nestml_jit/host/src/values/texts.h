/* Texts as numbers: columns hold doubles, so a text is kept once and known by its number. */
#ifndef NESTML_JIT_TEXTS_H
#define NESTML_JIT_TEXTS_H

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace nestml_jit
{

/* Has columns in which there may be texts, and belongs to a thread. */
class TextHolder
{
public:
  explicit TextHolder( size_t thread );
  virtual ~TextHolder();

  TextHolder( const TextHolder& ) = delete;
  TextHolder& operator=( const TextHolder& ) = delete;

  size_t
  text_thread() const
  {
    return text_thread_;
  }

  /* Whether the thread comes to a rest because of it, see `Texts::rest`. */
  virtual bool rests() const = 0;

  /* Call a function with the number of each text. */
  virtual void each_text( const std::function< void( double ) >& visit ) const = 0;

private:
  size_t text_thread_;
};

/* All texts.
 *
 * Texts that are made outside of simulations stay: defaults, parameters, what a user sets. Those that models make while
 * they are simulated are forgotten once nobody has them. To find that out, each thread marks those in its columns at a
 * moment when it runs no kernel, so that nothing else of it has texts. A text that no thread has marked, and that was not
 * asked for since the first one began, is in no column: threads do not hand texts to each other. */
class Texts
{
public:
  Texts();

  /* The number of a text; 0 is the empty text, so that a column of zeros is one of empty texts. */
  double number( const std::string& text );

  const std::string& text( double number );

  /* Called by a thread that runs no kernel now; see host_state.h. */
  static void rest();

private:
  friend class TextHolder;

  struct Entry
  {
    const std::string* text; /* null if the number is free */
    uint64_t round;          /* in which it was last marked or asked for */
    bool stays;
  };

  size_t add( const std::string& text );
  void begin_round();
  void mark();
  void forget();

  std::mutex mutex_;
  std::unordered_map< std::string, size_t > numbers_;
  std::deque< Entry > entries_; /* by number */
  std::vector< size_t > free_;
  size_t bytes_ = 0, limit_;
  uint64_t round_ = 0;
  std::atomic< bool > marking_ { false };
  std::set< size_t > waiting_; /* threads that have not marked theirs in this round */
  std::vector< const TextHolder* > holders_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_TEXTS_H */
