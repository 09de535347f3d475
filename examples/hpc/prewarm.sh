#!/bin/bash
# Compile ahead what network.py needs; run it on the login node, where the compiler is.
#
#   bash prewarm.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source settings.sh

nestml-jit prewarm --root "$NESTML_ROOT" --cpu "$NESTML_CPU" --args "$NETWORK_ARGUMENTS" network.py
