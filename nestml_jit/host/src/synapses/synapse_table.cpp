#include "synapses/synapse_table.h"

#include <algorithm>
#include <utility>

#include "values/slots.h"

namespace nestml_jit
{

SynapseTable::SynapseTable( const SynapseDescription& description, RunIndex& index )
  : description_( description )
  , index_( index )
  , columns_( description.variables.size() )
{
}

void
SynapseTable::append( const size_t n, const std::vector< double >& row, const std::span< const Own > own )
{
  const size_t first = index_.size() - n;
  for ( size_t c = 0; c < row.size(); ++c )
  {
    const auto found =
      std::find_if( own.begin(), own.end(), [ c ]( const Own& values ) { return values.column == c; } );
    if ( found == own.end() )
    {
      append( columns_[ c ], first, n, row[ c ] );
    }
    else
    {
      append( columns_[ c ], first, n, found->values );
    }
  }
  if ( columns_.size() == row.size() )
  {
    return;
  }
  ++revision_; // the past that is needed may be longer
  for ( size_t c = row.size(); c < columns_.size(); ++c )
  {
    append( columns_[ c ], first, n, 0.0 ); // variables were 0 before their connection was made
  }
}

/* Give a variable of `n` connections from number `first` on, which are the newest, one value. */
void
SynapseTable::append( SynapseColumn& column, const size_t first, const size_t n, const double value )
{
  switch ( column.mode )
  {
  case SynapseColumn::Mode::uniform:
    if ( first == 0 )
    {
      column.uniform = value;
    }
    else if ( not is_same( column.uniform, value ) )
    {
      column.mode = SynapseColumn::Mode::connection;
      column.values.assign( first, column.uniform );
      column.values.append( n, value );
    }
    break;
  case SynapseColumn::Mode::source:
    if ( column.tail.empty() and not is_same( value, column.uniform ) )
    {
      column.tail.assign( first - index_.indexed(), column.uniform );
    }
    if ( not column.tail.empty() or not is_same( value, column.uniform ) )
    {
      column.tail.insert( column.tail.end(), n, value );
    }
    break;
  case SynapseColumn::Mode::connection:
    column.values.append( n, value );
    break;
  }
}

/* The same with values of their own. */
void
SynapseTable::append( SynapseColumn& column, const size_t first, const size_t n, const double* const values )
{
  size_t done = 0;
  while ( done < n and column.mode != SynapseColumn::Mode::connection )
  {
    append( column, first + done, 1, values[ done ] );
    ++done;
  }
  if ( done < n )
  {
    column.values.append( n - done, values + done );
  }
}

void
SynapseTable::shorten( const size_t size )
{
  const size_t segments = index_.segments().size();
  for ( SynapseColumn& column : columns_ )
  {
    if ( column.mode != SynapseColumn::Mode::uniform )
    {
      column.values.resize( column.mode == SynapseColumn::Mode::source ? segments : size );
    }
  }
}

void
SynapseTable::apply_mode( const size_t c, const SynapseColumn::Mode mode )
{
  SynapseColumn& column = columns_[ c ];
  if ( mode == SynapseColumn::Mode::source and column.mode == SynapseColumn::Mode::uniform )
  {
    column.mode = mode;
    column.values.assign( index_.segments().size(), column.uniform );
  }
  else if ( mode == SynapseColumn::Mode::connection and column.mode != mode )
  {
    LargeVector< double > values( index_.size() );
    for ( size_t lcid = 0; lcid < values.size(); ++lcid )
    {
      values[ lcid ] = value( c, lcid );
    }
    column.mode = mode;
    column.values = std::move( values );
    column.tail.clear();
  }
}

void
SynapseTable::fit_past( const size_t columns )
{
  const size_t before = columns_.size();
  columns_.resize( description_.variables.size() + columns );
  for ( size_t c = before; c < columns_.size(); ++c )
  {
    apply_mode( c, SynapseColumn::Mode::connection );
  }
}

double
SynapseTable::value( const size_t c, const size_t lcid ) const
{
  const SynapseColumn& column = columns_[ c ];
  switch ( column.mode )
  {
  case SynapseColumn::Mode::uniform:
    return column.uniform;
  case SynapseColumn::Mode::source:
    return lcid < index_.indexed() ? column.values[ index_.run( lcid ).segment ]
                                   : column.start( lcid - index_.indexed() );
  default:
    return column.values[ lcid ];
  }
}

void
SynapseTable::set_value( const size_t c, const size_t lcid, const double v )
{
  if ( is_same( value( c, lcid ), v ) )
  {
    return;
  }
  const Variables& variables = description_.variables;
  const bool is_parameter = c < variables.size() and variables[ c ].is_parameter();
  if ( is_parameter and columns_.size() > variables.size() )
  {
    ++revision_; // the past that is needed may be longer
  }
  SynapseColumn& column = columns_[ c ];
  if ( column.mode == SynapseColumn::Mode::uniform and index_.size() == 1 and is_parameter )
  {
    column.uniform = v;
    return;
  }
  apply_mode( c, SynapseColumn::Mode::connection );
  column.values[ lcid ] = v;
  index_.forget_alike( lcid );
}

void
SynapseTable::read( const size_t lcid, std::vector< double >& row ) const
{
  for ( size_t c = 0; c < row.size(); ++c )
  {
    row[ c ] = value( c, lcid );
  }
}

void
SynapseTable::read( const size_t c, const size_t first, const size_t count, double* const out ) const
{
  const SynapseColumn& column = columns_[ c ];
  switch ( column.mode )
  {
  case SynapseColumn::Mode::uniform:
    std::fill_n( out, count, column.uniform );
    break;
  case SynapseColumn::Mode::connection:
    std::copy_n( column.values.begin() + static_cast< long >( first ), count, out );
    break;
  default:
    for ( size_t i = 0; i < count; ++i )
    {
      out[ i ] = value( c, first + i );
    }
  }
}

void
SynapseTable::write( const size_t c,
  const size_t first,
  const size_t count,
  const double* const values,
  const bool one )
{
  size_t i = 0;
  while ( i < count and columns_[ c ].mode != SynapseColumn::Mode::connection )
  {
    set_value( c, first + i, values[ one ? 0 : i ] );
    ++i;
  }
  if ( i == count )
  {
    return;
  }
  const Variables& variables = description_.variables;
  if ( c < variables.size() and variables[ c ].is_parameter() and columns_.size() > variables.size() )
  {
    ++revision_; // the past that is needed may be longer
  }
  double* const to = columns_[ c ].values.data() + first;
  one ? std::fill( to + i, to + count, *values ) : ( void )std::copy( values + i, values + count, to + i );
  index_.forget_alike( first + i, count - i );
}

void
SynapseTable::set_common( const size_t c, const double v )
{
  columns_[ c ].uniform = v;
}

double
SynapseTable::weight( const size_t lcid ) const
{
  return number_in( description_.variables[ description_.weight ].type, value( description_.weight, lcid ) );
}

bool
SynapseTable::is_uniform( const size_t c, bool& seen, double& common ) const
{
  const auto agrees = [ & ]( const double v )
  {
    const bool same = not seen or is_same( v, common );
    common = v;
    seen = true;
    return same;
  };
  const SynapseColumn& column = columns_[ c ];
  if ( index_.size() == 0 )
  {
    return true;
  }
  switch ( column.mode )
  {
  case SynapseColumn::Mode::uniform:
    return agrees( column.uniform );
  case SynapseColumn::Mode::source:
    return true; // values that differ between sources by what happened, not by what was set
  default:
    // a state that has values of its own was set for connections: that they agree now means nothing
    return description_.variables[ c ].is_parameter() and agree( column, agrees );
  }
}

/* Say if a test holds for the values of all connections, apart from those that are removed and still in their place. */
template < typename Test >
bool
SynapseTable::agree( const SynapseColumn& column, Test test ) const
{
  auto from = column.values.begin();
  for ( const size_t removed : index_.disabled().all() )
  {
    const auto to = column.values.begin() + static_cast< long >( removed );
    if ( not std::all_of( from, to, test ) )
    {
      return false;
    }
    from = to + 1;
  }
  return std::all_of( from, column.values.end(), test );
}

bool
SynapseTable::is_untouched( const size_t c, const size_t lcid ) const
{
  return columns_[ c ].mode != SynapseColumn::Mode::connection
    or is_same( columns_[ c ].values[ lcid ], columns_[ c ].uniform );
}

void
SynapseTable::replace_sources( std::vector< LargeVector< double > > values )
{
  for ( size_t c = 0; c < columns_.size(); ++c )
  {
    if ( columns_[ c ].mode == SynapseColumn::Mode::source )
    {
      columns_[ c ].values = std::move( values[ c ] );
      columns_[ c ].values.shrink_to_fit();
      std::vector< double >().swap( columns_[ c ].tail );
    }
  }
}

size_t
SynapseTable::bytes() const
{
  const auto own = std::count_if( columns_.begin(),
    columns_.end(),
    []( const SynapseColumn& column ) { return column.mode == SynapseColumn::Mode::connection; } );
  return static_cast< size_t >( own ) * sizeof( double );
}

void
SynapseTable::each_text( const std::function< void( double ) >& visit ) const
{
  const Variables& variables = description_.variables;
  for ( size_t c = 0; c < variables.size(); ++c )
  {
    if ( variables[ c ].type == Type::text )
    {
      visit( columns_[ c ].uniform );
      std::for_each( columns_[ c ].values.begin(), columns_[ c ].values.end(), visit );
      std::for_each( columns_[ c ].tail.begin(), columns_[ c ].tail.end(), visit );
    }
  }
}

} // namespace nestml_jit
