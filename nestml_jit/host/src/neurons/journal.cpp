#include "neurons/journal.h"

#include "neurons/block.h"

namespace nestml_jit
{

void
Journal::undo()
{
  open = false;
  for ( auto entry = entries.rbegin(); entry != entries.rend(); ++entry )
  {
    entry->block->write( entry->column, entry->lane, entry->value );
  }
  entries.clear();
}

} // namespace nestml_jit
