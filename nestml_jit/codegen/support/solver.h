/* Factors for the length of a Runge-Kutta-Fehlberg step from its error over the tolerance, as GSL's
   standard control has them. */
static inline double nj_shrink(double ratio)
{
  const double factor = 0.9 / std::pow(ratio, 0.2);
  return factor > 0.2 ? factor : 0.2;
}
static inline double nj_grow(double ratio)
{
  if (ratio >= 0.5)
  {
    return 1.0;
  }
  const double factor = 0.9 / std::pow(ratio, 1.0 / 6.0);
  return factor > 5.0 ? 5.0 : (factor < 1.0 ? 1.0 : factor);
}
