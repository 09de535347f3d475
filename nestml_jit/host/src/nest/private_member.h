/* Members of NEST's classes that it gives no access to.
 *
 * An explicit instantiation may name a private member. For each one there is a tag:
 *
 *     struct StepsToDo
 *     {
 *       using type = long nest::SimulationManager::*;
 *       friend type reveal( StepsToDo );
 *     };
 *     template struct Reveal< StepsToDo, &nest::SimulationManager::to_do_ >;
 *
 * Then `manager.*reveal( StepsToDo() )` is the member. */
#ifndef NESTML_JIT_PRIVATE_MEMBER_H
#define NESTML_JIT_PRIVATE_MEMBER_H

namespace nestml_jit
{

template < typename Tag, typename Tag::type member >
struct Reveal
{
  friend typename Tag::type
  reveal( Tag )
  {
    return member;
  }
};

} // namespace nestml_jit

#endif /* NESTML_JIT_PRIVATE_MEMBER_H */
