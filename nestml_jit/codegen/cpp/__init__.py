"""The C++ text of kernels, with the headers that these include."""
