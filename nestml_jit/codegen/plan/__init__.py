"""What is decided about models in a fusion before any C++ is written."""
