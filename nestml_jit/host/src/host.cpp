/* The host as one translation unit: NEST's headers are read once. */
#include "api.cpp"
#include "connector.cpp"
#include "connector_index.cpp"
#include "connector_send.cpp"
#include "connector_status.cpp"
#include "population.cpp"
#include "shell.cpp"
#include "synapse_model.cpp"
