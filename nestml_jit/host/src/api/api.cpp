/* The C interface: errors, models as NEST knows them, and the session. */
#include "api/api.h"

#include <sstream>

#include "connector_model_impl.h"
#include "genericmodel_impl.h"
#include "kernel_manager.h"
#include "model_manager_impl.h"

#include "nest/device_rows.h"
#include "nest/interrupt.h"
#include "nest/recordables.h"
#include "nest/shell_model.h"
#include "neurons/columns.h"
#include "synapses/shown_values.h"
#include "values/texts.h"

namespace nestml_jit
{

Answer&
answer()
{
  static thread_local Answer kept;
  return kept;
}

NeuronType&
neuron_type( const std::string& name )
{
  const auto found = neuron_types().find( name );
  if ( found == neuron_types().end() )
  {
    throw nest::UnknownModelName( name );
  }
  return *found->second;
}

size_t
find_variable( const Variables& variables, const std::string& owner, const std::string& name )
{
  const size_t index = variables.find( name );
  if ( index == variables.size() )
  {
    throw nest::KernelException( "The model '" + owner + "' has no variable '" + name + "'." );
  }
  return index;
}

} // namespace nestml_jit

using namespace nestml_jit;

NJ_API const char*
nj_error_type()
{
  return answer().error_type.c_str();
}

NJ_API const char*
nj_error_text()
{
  return answer().error_text.c_str();
}

NJ_API const char*
nj_returned()
{
  return answer().text.c_str();
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
      Registry::get().next_neuron = Registry::get().neurons.at( name );
      nest::kernel().model_manager.register_node_model< Shell >( name );
    } );
}

/* Register a described synapse model under a name; with labels that connections can have, or without. */
NJ_API int
nj_register_synapse( const char* const name, const char* const described, const int labelled )
{
  return guarded(
    [ & ]
    {
      Registry::get().next_synapse = Registry::get().synapses.at( described );
      Registry::get().next_is_labelled = labelled != 0;
      DeviceRows::get().put_aside( false, false );
      try
      {
        nest::kernel().model_manager.register_connection_model< ShellConnection >( name );
      }
      catch ( ... )
      {
        DeviceRows::get().put_back();
        throw;
      }
      DeviceRows::get().put_back();
    } );
}

/* Name of the description behind a registered neuron model of ours, or "". */
NJ_API const char*
nj_neuron_base( const char* const name )
{
  const auto found = neuron_types().find( name );
  answer().text = found == neuron_types().end() ? "" : found->second->description().name;
  return answer().text.c_str();
}

/* Name of the description behind a registered synapse model of ours, or "". */
NJ_API const char*
nj_synapse_base( const char* const name )
{
  answer().text.clear();
  guarded(
    [ & ] { for_each_thread( name, []( SynapseModel& model ) { answer().text = model.description().name; } ); } );
  return answer().text.c_str();
}

/* New pairs of neuron and synapse model since the last call, one per line, separated by a tab. */
NJ_API const char*
nj_take_pairs()
{
  answer().text.clear();
  for ( const auto& [ neuron, synapse ] : new_pairs() )
  {
    answer().text += neuron + "\t" + synapse + "\n";
  }
  new_pairs().clear();
  return answer().text.c_str();
}

/* Say why neurons of a model cannot be targets of a synapse model; "" if they can. */
NJ_API void
nj_refuse_pair( const char* const neuron, const char* const synapse, const char* const reason )
{
  if ( *reason )
  {
    refused_pairs()[ { neuron, synapse } ] = reason;
  }
  else
  {
    refused_pairs().erase( { neuron, synapse } );
  }
}

/* Say what a synapse model reads of NEST's own neurons: per line a port, a tab, and a recordable. */
NJ_API void
nj_read_recordables( const char* const synapse, const char* const text )
{
  PortNames& names = read_recordables()[ synapse ];
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
  answer().text.clear();
  for ( const auto& [ name, type ] : neuron_types() )
  {
    const auto& blocks = type->blocks();
    if ( std::any_of(
           blocks.begin(), blocks.end(), []( const auto& block ) { return block and block->store().lanes() > 0; } ) )
    {
      answer().text += name + "\n";
    }
  }
  return answer().text.c_str();
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
  answer().text.clear();
  guarded(
    [ & ]
    {
      for ( const auto& [ name, size ] : neuron_type( neuron ).sizes() )
      {
        answer().text += name + "\t" + std::to_string( size ) + "\n";
      }
    } );
  return answer().text.c_str();
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
  return Texts::get().number( text );
}

/* Why a simulation with several threads was stopped, "" if it was not; told once. */
NJ_API const char*
nj_take_failure()
{
  answer().text = std::exchange( pending_failure(), {} );
  if ( not answer().text.empty() )
  {
    guarded(
      []
      {
        Dictionary none;
        none[ nest::names::update_time_limit ] = std::numeric_limits< double >::infinity();
        nest::kernel().simulation_manager.set_status( none );
      } );
  }
  return answer().text.c_str();
}

/* Forget what belonged to a kernel that was reset. */
NJ_API void
nj_forget()
{
  new_pairs().clear();
  refused_pairs().clear();
  read_recordables().clear();
  Recordables::forget();
  DeviceRows::get().forget();
  creating() = false;
  ++kernel_epoch();
}

NJ_API void
nj_set_creating( const int value )
{
  creating() = value != 0;
}

/* Keep what setting nodes replaces from now on. */
NJ_API void
nj_journal_begin()
{
  journal() = { true, {} };
}

/* Keep it no longer, or give all nodes back what they had. */
NJ_API void
nj_journal_end( const int undo )
{
  if ( undo )
  {
    journal().undo();
  }
  journal() = {};
}

NJ_API void
nj_set_checking( const int value )
{
  checking() = value != 0;
}

NJ_API void
nj_set_showing_now( const int value )
{
  showing_now() = value != 0;
}

/* What kernels depend on, in less time than the whole status takes: the resolution in ms, the seed, and
 * whether structural plasticity may make connections. */
NJ_API int
nj_settings( double* const resolution, uint64_t* const seed, int* const grows )
{
  return guarded(
    [ & ]
    {
      Dictionary random;
      nest::kernel().random_manager.get_status( random );
      *resolution = nest::Time::get_resolution().get_ms();
      *seed = static_cast< uint64_t >( random.get< long >( nest::names::rng_seed ) );
      *grows = nest::kernel().sp_manager.is_structural_plasticity_enabled();
    } );
}

/* How many threads NEST has on this process: with another number it makes all models anew. */
NJ_API int
nj_threads()
{
  return static_cast< int >( nest::kernel().vp_manager.get_num_threads() );
}

/* Whether a node is one of ours. */
NJ_API int
nj_is_ours( const uint64_t node_id )
{
  bool ours = false;
  guarded(
    [ & ]
    {
      const auto model = nest::kernel().modelrange_manager.get_model_id( node_id );
      ours = dynamic_cast< nest::GenericModel< Shell >* >( nest::kernel().model_manager.get_node_model( model ) );
    } );
  return ours;
}

// --- NEST's table of connections to devices ------------------------------------------------------------

/* Keep rows of our neurons empty while NEST creates nodes (`ours`: such neurons), or else registers models. */
NJ_API int
nj_put_rows_aside( const int creating, const int ours )
{
  return guarded( [ & ] { DeviceRows::get().put_aside( creating != 0, ours != 0 ); } );
}

NJ_API int
nj_put_rows_back()
{
  return guarded( [] { DeviceRows::get().put_back(); } );
}

/* Let nodes be connected to devices; all nodes if `ids` is null. */
NJ_API int
nj_fill_rows( const uint64_t* const ids, const uint64_t n )
{
  return guarded( [ & ] { DeviceRows::get().fill( ids, n ); } );
}

/* Say whether NEST is asked for connections of kernels that may have been reset. */
NJ_API void
nj_doubt_connections( const int doubtful )
{
  DeviceRows::is_doubtful = doubtful != 0;
}

/* Whether any of the nodes is a device. */
NJ_API int
nj_has_devices( const uint64_t first_id, const uint64_t last_id )
{
  return has_devices( first_id, last_id );
}
