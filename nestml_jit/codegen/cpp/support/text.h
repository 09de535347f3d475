/* Texts that are made while a simulation runs: the number of two texts in a row, and of a number as text. */
static inline double nj_join(const NjBlock* block, double left, double right)
{
  const std::string text = std::string(block->text(left)) + block->text(right);
  return block->intern(text.c_str());
}
[[maybe_unused]] static inline double nj_shown(const NjBlock* block, double value)
{
  char text[32];
  std::snprintf(text, sizeof(text), value == std::rint(value) && std::fabs(value) < 1e15 ? "%.0f" : "%g", value);
  return block->intern(text);
}
[[maybe_unused]] static inline double nj_shown(const NjBlock* block, int64_t value)
{
  return block->intern(std::to_string(value).c_str());
}
[[maybe_unused]] static inline double nj_shown(const NjBlock* block, bool value)
{
  return block->intern(value ? "1" : "0");
}
