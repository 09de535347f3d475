/* How loops of a fixed length are compiled twice, into vector instructions for AVX2 and for any machine. */
#ifndef NESTML_JIT_VECTORISED_H
#define NESTML_JIT_VECTORISED_H

#if defined( __GNUC__ ) and not defined( __clang__ )
#define NESTML_JIT_VECTORISED __attribute__( ( optimize( "O3", "no-math-errno" ) ) )
#else
#define NESTML_JIT_VECTORISED
#endif

#if defined( __x86_64__ )
#define NESTML_JIT_AVX2 __attribute__( ( target( "avx2" ) ) )
#else
#define NESTML_JIT_AVX2
#endif

#define NESTML_JIT_INLINE inline __attribute__( ( always_inline ) )

namespace nestml_jit
{

/* Whether the functions for AVX2 can be called. */
inline bool
has_avx2()
{
#if defined( __x86_64__ )
  return __builtin_cpu_supports( "avx2" );
#else
  return true;
#endif
}

} // namespace nestml_jit

#endif /* NESTML_JIT_VECTORISED_H */
