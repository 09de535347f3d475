/* Whether a loop without a known end goes on: it does unless the user has asked for the simulation's end. */
static int32_t nj_never(double*, const char*) { return 0; }
static const NjInterrupt nj_no_interrupt = { 0, nj_never };
static const NjInterrupt* nj_interrupt = &nj_no_interrupt;
/* The same at the beginning of a function that calls itself. */
[[maybe_unused]] static inline bool nj_recurses(const char* where)
{
  return !__builtin_expect(nj_interrupt->wanted, 0) || !nj_interrupt->give_up(nullptr, where);
}
[[maybe_unused]] static inline bool nj_goes_on(double& since, const char* where)
{
  return !__builtin_expect(nj_interrupt->wanted, 0) || !nj_interrupt->give_up(&since, where);
}
