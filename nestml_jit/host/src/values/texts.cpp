/* Texts as numbers, and which of them nobody has any more. */
#include "values/texts.h"

#include <algorithm>

#include "host_state.h"
#include "nest/reached.h"
#include "nest/threads.h"

namespace nestml_jit
{

namespace
{

constexpr size_t least = 1 << 22; // bytes of texts below which none is forgotten
constexpr size_t overhead = 128;  // bytes that a text takes besides its characters

} // namespace

TextHolder::TextHolder( const size_t thread )
  : text_thread_( thread )
{
  Texts& texts = host_state().texts;
  const std::lock_guard< std::mutex > lock( texts.mutex_ );
  texts.holders_.push_back( this );
}

TextHolder::~TextHolder()
{
  Texts& texts = host_state().texts;
  const std::lock_guard< std::mutex > lock( texts.mutex_ );
  auto& all = texts.holders_;
  all.erase( std::remove( all.begin(), all.end(), this ), all.end() );
}

Texts::Texts()
  : limit_( least )
{
  entries_[ add( "" ) ].stays = true;
}

double
Texts::number( const std::string& text )
{
  const std::lock_guard< std::mutex > lock( mutex_ );
  const auto found = numbers_.find( text );
  const size_t number = found == numbers_.end() ? add( text ) : found->second;
  entries_[ number ].round = round_;
  entries_[ number ].stays |= not is_simulating();
  if ( bytes_ > limit_ and is_simulating() and not marking_ )
  {
    begin_round();
  }
  return static_cast< double >( number );
}

size_t
Texts::add( const std::string& text )
{
  size_t number = entries_.size();
  if ( free_.empty() )
  {
    entries_.emplace_back();
  }
  else
  {
    number = free_.back();
    free_.pop_back();
  }
  const auto place = numbers_.emplace( text, number ).first;
  entries_[ number ] = { &place->first, round_, false };
  bytes_ += text.size() + overhead;
  return number;
}

const std::string&
Texts::text( const double number )
{
  const std::lock_guard< std::mutex > lock( mutex_ );
  const auto index = static_cast< size_t >( number );
  const bool is_known = index < entries_.size() and entries_[ index ].text;
  return *entries_[ is_known ? index : 0 ].text;
}

/* Ask all threads to mark their texts. */
void
Texts::begin_round()
{
  ++round_;
  waiting_.clear();
  for ( const TextHolder* const holder : holders_ )
  {
    if ( holder->rests() )
    {
      waiting_.insert( holder->text_thread() );
    }
  }
  marking_ = not waiting_.empty();
}

/* Mark the texts of this thread; if no thread is left, forget those that are not marked. */
void
Texts::mark()
{
  const size_t thread = this_thread();
  const std::lock_guard< std::mutex > lock( mutex_ );
  if ( not marking_ or not waiting_.erase( thread ) )
  {
    return;
  }
  const auto visit = [ & ]( const double number )
  {
    const auto index = static_cast< size_t >( number );
    if ( index < entries_.size() )
    {
      entries_[ index ].round = round_;
    }
  };
  for ( const TextHolder* const holder : holders_ )
  {
    if ( holder->text_thread() == thread )
    {
      holder->each_text( visit );
    }
  }
  if ( waiting_.empty() )
  {
    forget();
  }
}

void
Texts::forget()
{
  for ( size_t number = 0; number < entries_.size(); ++number )
  {
    Entry& entry = entries_[ number ];
    if ( entry.text and not entry.stays and entry.round != round_ )
    {
      bytes_ -= entry.text->size() + overhead;
      numbers_.erase( numbers_.find( *entry.text ) );
      entry.text = nullptr;
      free_.push_back( number );
    }
  }
  limit_ = std::max( least, 2 * bytes_ );
  marking_ = false;
}

} // namespace nestml_jit
