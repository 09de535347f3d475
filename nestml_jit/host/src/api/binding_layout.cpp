/* The layout of a binding's record, field by field. */
#include "api/binding_layout.h"

#include <cstddef>

#include "api/binding_record.h"

#define NJ_STRUCTURE( structure ) told += #structure " " + std::to_string( sizeof( structure ) ) + "\n"
#define NJ_FIELD( structure, field )                                                                                   \
  told += #structure "." #field " " + std::to_string( offsetof( structure, field ) ) + " "                             \
    + std::to_string( sizeof( structure::field ) ) + "\n"

namespace nestml_jit
{

std::string
layout_of_binding_record()
{
  std::string told;
  NJ_STRUCTURE( NjNames );
  NJ_FIELD( NjNames, name );
  NJ_FIELD( NjNames, size );
  NJ_STRUCTURE( NjColumnRecord );
  NJ_FIELD( NjColumnRecord, name );
  NJ_FIELD( NjColumnRecord, special );
  NJ_STRUCTURE( NjDelayRecord );
  NJ_FIELD( NjDelayRecord, variable );
  NJ_FIELD( NjDelayRecord, column );
  NJ_STRUCTURE( NjTraceRecord );
  NJ_FIELD( NjTraceRecord, state );
  NJ_FIELD( NjTraceRecord, form );
  NJ_FIELD( NjTraceRecord, parameter );
  NJ_FIELD( NjTraceRecord, parameters );
  NJ_FIELD( NjTraceRecord, archived );
  NJ_STRUCTURE( NjDeliveryRecord );
  NJ_FIELD( NjDeliveryRecord, synapse );
  NJ_FIELD( NjDeliveryRecord, column );
  NJ_FIELD( NjDeliveryRecord, columns );
  NJ_FIELD( NjDeliveryRecord, scalar );
  NJ_FIELD( NjDeliveryRecord, scalars );
  NJ_FIELD( NjDeliveryRecord, uses_history );
  NJ_FIELD( NjDeliveryRecord, flush );
  NJ_FIELD( NjDeliveryRecord, every_step );
  NJ_FIELD( NjDeliveryRecord, at_spikes );
  NJ_FIELD( NjDeliveryRecord, moved );
  NJ_FIELD( NjDeliveryRecord, late_states );
  NJ_FIELD( NjDeliveryRecord, replay );
  NJ_FIELD( NjDeliveryRecord, trace );
  NJ_FIELD( NjDeliveryRecord, traces );
  NJ_STRUCTURE( NjBindingRecord );
  NJ_FIELD( NjBindingRecord, neuron );
  NJ_FIELD( NjBindingRecord, kernel );
  NJ_FIELD( NjBindingRecord, seed );
  NJ_FIELD( NjBindingRecord, channels );
  NJ_FIELD( NjBindingRecord, column );
  NJ_FIELD( NjBindingRecord, columns );
  NJ_FIELD( NjBindingRecord, history );
  NJ_FIELD( NjBindingRecord, before );
  NJ_FIELD( NjBindingRecord, signals );
  NJ_FIELD( NjBindingRecord, past );
  NJ_FIELD( NjBindingRecord, delay );
  NJ_FIELD( NjBindingRecord, delays );
  NJ_FIELD( NjBindingRecord, delivery );
  NJ_FIELD( NjBindingRecord, deliveries );
  return told;
}

} // namespace nestml_jit
