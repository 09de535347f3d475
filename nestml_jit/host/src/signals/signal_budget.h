/* How much memory third factors take, and when users are warned. */
#ifndef NESTML_JIT_SIGNAL_BUDGET_H
#define NESTML_JIT_SIGNAL_BUDGET_H

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <string>

namespace nestml_jit
{

/* The bytes that all signals take on all threads. */
class SignalBudget
{
public:
  /* Choose how many bytes are much; 0 is the usual number. */
  void
  set( const uint64_t bytes )
  {
    most_ = bytes;
  }

  /* A simulation begins. */
  void
  begin_run()
  {
    is_reported_ = false;
  }

  void
  change( const size_t before, const size_t after )
  {
    bytes_ += static_cast< int64_t >( after ) - static_cast< int64_t >( before );
  }

  int64_t
  bytes() const
  {
    return bytes_;
  }

  /* Whether to tell the user that there is much; true once in a simulation. */
  bool
  is_to_be_reported()
  {
    return not is_reported_ and is_much() and not is_reported_.exchange( true );
  }

private:
  /* More than 1 GiB, or a quarter of what could be had. */
  bool
  is_much() const
  {
    const int64_t bytes = bytes_, most = static_cast< int64_t >( most_ );
    if ( most > 0 or bytes < little_ )
    {
      return most > 0 and bytes > most;
    }
    return bytes > gibibyte_ or bytes > ( available() + bytes ) / 4;
  }

  /* Bytes that the system could still give. */
  static int64_t
  available()
  {
    std::ifstream info( "/proc/meminfo" );
    for ( std::string name, rest; info >> name and std::getline( info, rest ); )
    {
      if ( name == "MemAvailable:" )
      {
        return std::stoll( rest ) * 1024;
      }
    }
    return 4 * gibibyte_;
  }

  static constexpr int64_t gibibyte_ = int64_t( 1 ) << 30;
  static constexpr int64_t little_ = int64_t( 1 ) << 26;
  std::atomic< int64_t > bytes_ { 0 };
  std::atomic< uint64_t > most_ { 0 };
  std::atomic< bool > is_reported_ { false };
};

} // namespace nestml_jit

#endif /* NESTML_JIT_SIGNAL_BUDGET_H */
