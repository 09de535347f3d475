/* The host as one translation unit: NEST's headers are read once. */
#include "api.cpp"
#include "connector.cpp"
#include "population.cpp"
#include "shell.cpp"
#include "synapse_model.cpp"
