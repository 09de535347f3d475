/* a * b + c, rounded once where the CPU has an instruction for that. Kernels are compiled without contraction, which a
   compiler could do otherwise in each instance of a loop; where it saves time it is written out with this function. */
[[maybe_unused, gnu::always_inline]] static inline double nj_fma(double a, double b, double c)
{
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}
