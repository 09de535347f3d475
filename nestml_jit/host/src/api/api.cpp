/* The C interface: errors, models as NEST knows them, and the session. */
#include "api/api.h"

#include <sstream>

#include "nest/device_rows.h"
#include "nest/errors.h"
#include "nest/recordables.h"
#include "nest/simulation.h"
#include "nest/threads.h"
#include "nest/time_slices.h"
#include "neurons/population.h"
#include "synapses/shown_values.h"
#include "values/texts.h"

namespace nestml_jit
{

NeuronType&
neuron_type( const std::string& name )
{
  const auto found = host_state().neuron_types.find( name );
  if ( found == host_state().neuron_types.end() )
  {
    throw_unknown_model( name );
  }
  return *found->second;
}

size_t
find_variable( const Variables& variables, const std::string& owner, const std::string& name )
{
  const size_t index = variables.find( name );
  if ( index == variables.size() )
  {
    throw_kernel_exception( "The model '" + owner + "' has no variable '" + name + "'." );
  }
  return index;
}

std::string
described_synapse( const std::string& name )
{
  std::string found;
  guarded( [ & ] { for_each_thread( name, [ & ]( SynapseModel& model ) { found = model.description().name; } ); } );
  return found;
}

} // namespace nestml_jit

using namespace nestml_jit;

NJ_API const char*
nj_error_type()
{
  return thread_state().error_type.c_str();
}

NJ_API const char*
nj_error_text()
{
  return thread_state().error_text.c_str();
}

NJ_API const char*
nj_returned()
{
  return thread_state().text.c_str();
}

NJ_API uint32_t
nj_abi_version()
{
  return NJ_ABI_VERSION;
}

NJ_API int
nj_register_neuron( const char* const name )
{
  return guarded(
    [ & ]
    {
      host_state().descriptions.next_neuron = host_state().descriptions.neurons.at( name );
      register_neuron( name );
    } );
}

/* Register a described synapse model under a name; with labels that connections can have, or without. */
NJ_API int
nj_register_synapse( const char* const name, const char* const described, const int labelled )
{
  return guarded(
    [ & ]
    {
      host_state().descriptions.next_synapse = host_state().descriptions.synapses.at( described );
      host_state().descriptions.next_is_labelled = labelled != 0;
      host_state().device_rows.put_aside( false, false );
      try
      {
        register_synapse( name );
      }
      catch ( ... )
      {
        host_state().device_rows.put_back();
        throw;
      }
      host_state().device_rows.put_back();
    } );
}

/* Name of the description behind a registered neuron model of ours, or "". */
NJ_API const char*
nj_neuron_base( const char* const name )
{
  const auto found = host_state().neuron_types.find( name );
  thread_state().text = found == host_state().neuron_types.end() ? "" : found->second->description().name;
  return thread_state().text.c_str();
}

/* Name of the description behind a registered synapse model of ours, or "". */
NJ_API const char*
nj_synapse_base( const char* const name )
{
  thread_state().text = described_synapse( name );
  return thread_state().text.c_str();
}

/* New pairs of neuron and synapse model since the last call, one per line, separated by a tab. */
NJ_API const char*
nj_take_pairs()
{
  thread_state().text.clear();
  for ( const auto& [ neuron, synapse ] : host_state().new_pairs )
  {
    thread_state().text += neuron + "\t" + synapse + "\n";
  }
  host_state().new_pairs.clear();
  return thread_state().text.c_str();
}

/* Say why neurons of a model cannot be targets of a synapse model; "" if they can. */
NJ_API void
nj_refuse_pair( const char* const neuron, const char* const synapse, const char* const reason )
{
  if ( *reason )
  {
    host_state().refused_pairs[ { neuron, synapse } ] = reason;
  }
  else
  {
    host_state().refused_pairs.erase( { neuron, synapse } );
  }
}

/* Say what a synapse model reads of NEST's own neurons: per line a port, a tab, and a recordable. */
NJ_API void
nj_read_recordables( const char* const synapse, const char* const text )
{
  PortNames& names = host_state().read_recordables[ synapse ];
  names.clear();
  std::istringstream lines( text );
  for ( std::string port, name; std::getline( lines, port, '\t' ) and std::getline( lines, name ); )
  {
    names.emplace_back( port, name );
  }
}

/* Names of our neuron models that have nodes on this process, one per line. */
NJ_API const char*
nj_used_neurons()
{
  thread_state().text.clear();
  for ( const auto& [ name, type ] : host_state().neuron_types )
  {
    const auto& blocks = type->blocks();
    if ( std::any_of(
           blocks.begin(), blocks.end(), []( const auto& block ) { return block and block->store().lanes() > 0; } ) )
    {
      thread_state().text += name + "\n";
    }
  }
  return thread_state().text.c_str();
}

/* Whether neurons of a model have gap junctions on this process. */
NJ_API int
nj_has_gap_junctions( const char* const neuron )
{
  int found = 0;
  guarded( [ & ] { found = neuron_type( neuron ).is_coupled() ? 1 : 0; } );
  return found;
}

/* Vectors of a neuron model whose size is a variable, one per line: name, a tab, the largest size of any neuron. */
NJ_API const char*
nj_vector_sizes( const char* const neuron )
{
  thread_state().text.clear();
  guarded(
    [ & ]
    {
      for ( const auto& [ name, size ] : neuron_type( neuron ).sizes() )
      {
        thread_state().text += name + "\t" + std::to_string( size ) + "\n";
      }
    } );
  return thread_state().text.c_str();
}

/* Have columns for that many elements of a vector of a neuron model. */
NJ_API int
nj_make_room( const char* const neuron, const char* const vector, const uint32_t elements )
{
  return guarded( [ & ] { neuron_type( neuron ).make_room( vector, elements ); } );
}

/* Number of a text, for programs. */
NJ_API double
nj_text( const char* const text )
{
  return host_state().texts.number( text );
}

/* Why a simulation with several threads was stopped, "" if it was not; told once. */
NJ_API const char*
nj_take_failure()
{
  thread_state().text = std::exchange( host_state().failure, {} );
  if ( not thread_state().text.empty() )
  {
    guarded( lift_time_limit );
  }
  return thread_state().text.c_str();
}

/* Forget what belonged to a kernel that was reset. */
NJ_API void
nj_forget()
{
  host_state().forget_kernel();
}

NJ_API void
nj_set_creating( const int value )
{
  host_state().creating = value != 0;
}

/* Keep what setting nodes replaces from now on. */
NJ_API void
nj_journal_begin()
{
  host_state().journal = { true, {} };
}

/* Keep it no longer, or give all nodes back what they had. */
NJ_API void
nj_journal_end( const int undo )
{
  if ( undo )
  {
    host_state().journal.undo();
  }
  host_state().journal = {};
}

NJ_API void
nj_set_checking( const int value )
{
  host_state().checking = value != 0;
}

NJ_API void
nj_set_showing_now( const int value )
{
  host_state().showing_now = value != 0;
}

/* What kernels depend on, in less time than the whole status takes: the resolution in ms, the seed, and
 * whether structural plasticity may make connections. */
NJ_API int
nj_settings( double* const resolution, uint64_t* const seed, int* const grows )
{
  return guarded(
    [ & ]
    {
      *resolution = resolution_ms();
      *seed = rng_seed();
      *grows = may_grow();
    } );
}

/* How many threads NEST has on this process: with another number it makes all models anew. */
NJ_API int
nj_threads()
{
  return static_cast< int >( number_of_threads() );
}

/* Whether a node is one of ours. */
NJ_API int
nj_is_ours( const uint64_t node_id )
{
  bool ours = false;
  guarded( [ & ] { ours = is_ours( node_id ); } );
  return ours;
}

// --- NEST's table of connections to devices ------------------------------------------------------------

/* Keep rows of our neurons empty while NEST creates nodes (`ours`: such neurons), or else registers models. */
NJ_API int
nj_put_rows_aside( const int creating, const int ours )
{
  return guarded( [ & ] { host_state().device_rows.put_aside( creating != 0, ours != 0 ); } );
}

NJ_API int
nj_put_rows_back()
{
  return guarded( [] { host_state().device_rows.put_back(); } );
}

/* Let nodes be connected to devices; all nodes if `ids` is null. */
NJ_API int
nj_fill_rows( const uint64_t* const ids, const uint64_t n )
{
  return guarded( [ & ] { host_state().device_rows.fill( ids, n ); } );
}

/* Say whether NEST is asked for connections of kernels that may have been reset. */
NJ_API void
nj_doubt_connections( const int doubtful )
{
  host_state().device_rows.is_doubtful = doubtful != 0;
}

/* Whether any of the nodes is a device. */
NJ_API int
nj_has_devices( const uint64_t first_id, const uint64_t last_id )
{
  return has_devices( first_id, last_id );
}
