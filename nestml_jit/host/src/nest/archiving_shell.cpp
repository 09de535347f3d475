#include "nest/archiving_shell.h"

#include "nest/reached.h"
#include "neurons/block.h"
#include "neurons/neuron_type.h"

namespace nestml_jit
{

ArchivingShell::ArchivingShell( NeuronType& type, Block* const block )
  : type_( &type )
  , block_( block )
{
}

Archive&
ArchivingShell::archive()
{
  if ( not archive_ )
  {
    archive_ = std::make_unique< Archive >( type_->archive() );
    archive_->set_thread( get_thread() );
    block_->nodes().note_archive();
  }
  return *archive_;
}

void
ArchivingShell::get_archive_status( Dictionary& d ) const
{
  Dictionary archived;
  ( archive_ ? *archive_ : type_->archive() ).get_status( archived );
  for ( const std::string& key : archive_keys )
  {
    if ( archived.known( key ) and not d.known( key ) )
    {
      d[ key ] = archived.at( key );
    }
  }
}

void
ArchivingShell::clear_archive()
{
  if ( archive_ )
  {
    archive_->clear_history();
  }
}

void
ArchivingShell::archive_spike( const int64_t step )
{
  if ( archive_ )
  {
    archive_->spiked( nest::Time( nest::Time::step( step ) ) );
  }
}

void
ArchivingShell::register_stdp_connection( const double t_first_read, const double delay )
{
  const bool is_first = not archive().is_read();
  archive().register_stdp_connection( t_first_read, delay );
  if ( is_first and block_->past().is_read( lane_ ) and lane_ < block_->past().history().lanes() )
  {
    const History& history = block_->past().history();
    archive().begin( history.beginning( lane_ ).step(), spikes_until( history, lane_, INT64_MAX ) );
  }
  else if ( is_first )
  {
    archive().begin( reached_step(), {} );
  }
}

Past
ArchivingShell::archived_past( const int64_t now ) const
{
  return archive_ and archive_->is_read() ? archive_->past() : Past { now, {} };
}

double
ArchivingShell::get_K_value( const double t )
{
  return archive().get_K_value( t );
}

void
ArchivingShell::get_K_values( const double t, double& Kminus, double& nearest_neighbor_Kminus, double& Kminus_triplet )
{
  archive().get_K_values( t, Kminus, nearest_neighbor_Kminus, Kminus_triplet );
}

void
ArchivingShell::get_history( const double t1,
  const double t2,
  std::deque< nest::histentry >::iterator* const start,
  std::deque< nest::histentry >::iterator* const finish )
{
  archive().get_history( t1, t2, start, finish );
}

double
ArchivingShell::get_Ca_minus() const
{
  return archive_ ? archive_->get_Ca_minus() : Node::get_Ca_minus();
}

double
ArchivingShell::get_synaptic_elements( std::string name ) const
{
  return archive_ ? static_cast< const nest::StructuralPlasticityNode& >( *archive_ ).get_synaptic_elements( name )
                  : Node::get_synaptic_elements( name );
}

int
ArchivingShell::get_synaptic_elements_vacant( std::string name ) const
{
  return archive_ ? archive_->get_synaptic_elements_vacant( name ) : Node::get_synaptic_elements_vacant( name );
}

int
ArchivingShell::get_synaptic_elements_connected( std::string name ) const
{
  return archive_ ? archive_->get_synaptic_elements_connected( name ) : Node::get_synaptic_elements_connected( name );
}

std::map< std::string, double >
ArchivingShell::get_synaptic_elements() const
{
  return archive_ ? static_cast< const nest::StructuralPlasticityNode& >( *archive_ ).get_synaptic_elements()
                  : Node::get_synaptic_elements();
}

void
ArchivingShell::update_synaptic_elements( const double t )
{
  if ( archive_ )
  {
    archive_->update_synaptic_elements( t );
  }
}

void
ArchivingShell::decay_synaptic_elements_vacant()
{
  if ( archive_ )
  {
    archive_->decay_synaptic_elements_vacant();
  }
}

void
ArchivingShell::connect_synaptic_element( std::string name, const int n )
{
  if ( archive_ )
  {
    archive_->connect_synaptic_element( name, n );
  }
}

} // namespace nestml_jit
