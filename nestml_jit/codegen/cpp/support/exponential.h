/* a := exp(a) for a matrix of which rows `rows`.. are 0 (constant drives), by scaling and squaring of
   a Taylor series. If the upper left block is lower triangular, its diagonal is kept exact
   (Al-Mohy and Higham 2009, SIAM J. Matrix Anal. Appl. 31(3):970-989, section 2). */
static void nj_exponential(double* a, int size, int rows, bool lower)
{
  double p[NJ_MATRIX], q[NJ_MATRIX], diagonal[NJ_MATRIX];
  double norm = 0.0;
  for (int i = 0; i < rows; ++i)
  {
    double sum = 0.0;
    for (int j = 0; j < rows; ++j)
    {
      sum += std::fabs(a[i * size + j]);
    }
    norm = sum > norm ? sum : norm;
    diagonal[i] = a[i * size + i];
  }
  int squarings = 0;
  double scale = 1.0;
  while (norm * scale > 0.25 && squarings < 1000)
  {
    scale *= 0.5;
    ++squarings;
  }
  for (int k = 0; k < size * size; ++k)
  {
    a[k] *= scale;
    p[k] = k % (size + 1) ? 0.0 : 1.0;
  }
  for (int term = 14; term > 0; --term)
  {
    for (int i = 0; i < size; ++i)
    {
      for (int j = 0; j < size; ++j)
      {
        double sum = 0.0;
        for (int k = 0; k < size; ++k)
        {
          sum += a[i * size + k] * p[k * size + j];
        }
        q[i * size + j] = sum / term + (i == j ? 1.0 : 0.0);
      }
    }
    std::memcpy(p, q, sizeof(double) * size * size);
  }
  for (int round = 0;; ++round)
  {
    for (int i = 0; lower && i < rows; ++i)
    {
      p[i * size + i] = std::exp(scale * diagonal[i]);
    }
    if (round == squarings)
    {
      break;
    }
    for (int i = 0; i < size; ++i)
    {
      for (int j = 0; j < size; ++j)
      {
        double sum = 0.0;
        for (int k = 0; k < size; ++k)
        {
          sum += p[i * size + k] * p[k * size + j];
        }
        q[i * size + j] = sum;
      }
    }
    std::memcpy(p, q, sizeof(double) * size * size);
    scale *= 2.0;
  }
  std::memcpy(a, p, sizeof(double) * size * size);
}
