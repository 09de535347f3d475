"""See the package above: this is a stand-in for a part of NESTML."""
