/* Open calls of functions that call themselves. Too many of them are reported, and then all of them return at once. */
struct NjCall
{
  enum { most = 10000 };
  static inline thread_local uint32_t open = 0;
  static inline thread_local bool gives_up = false;

  NjCall() { ++open; }
  NjCall(const NjCall&) = delete;
  ~NjCall() { gives_up = --open && gives_up; }
  bool may_go_on(const NjUse& use, const char* function) const
  {
    if (open > most && !gives_up && use.counts)
    {
      use.block->out_of_range(use.block->host, use.lane, use.step, function, 0, -1, use.synapse, use.source);
    }
    gives_up = gives_up || open > most;
    return !gives_up;
  }
};
