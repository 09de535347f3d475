/* What went wrong first in a block. */
#ifndef NESTML_JIT_FIRST_FAILURE_H
#define NESTML_JIT_FIRST_FAILURE_H

#include <string>
#include <utility>

namespace nestml_jit
{

/* The text of the first error since the last one was taken. Kernels report errors from inside of loops over lanes, which
 * go on: the host looks here afterwards. */
class FirstFailure
{
public:
  bool
  is_noted() const
  {
    return not text_.empty();
  }

  void
  note( std::string text )
  {
    if ( not is_noted() )
    {
      text_ = std::move( text );
    }
  }

  /* The text, to be told once; "" if nothing went wrong. */
  std::string
  take()
  {
    return std::exchange( text_, {} );
  }

private:
  std::string text_;
};

} // namespace nestml_jit

#endif /* NESTML_JIT_FIRST_FAILURE_H */
