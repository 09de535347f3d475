/* Texts that are made while a simulation runs: the number of two texts in a row, and of a number as text. */
static inline double nj_join(const NjBlock* block, double left, double right)
{
  const std::string text = std::string(block->text(left)) + block->text(right);
  return block->intern(text.c_str());
}
static inline double nj_shown(const NjBlock* block, double value)
{
  char text[32];
  std::snprintf(text, sizeof(text), value == std::rint(value) && std::fabs(value) < 1e15 ? "%.0f" : "%g", value);
  return block->intern(text);
}
