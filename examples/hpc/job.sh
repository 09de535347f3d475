#!/bin/bash
# Simulate network.py on compute nodes, where nothing is compiled: run prewarm.sh before.
#
#   sbatch job.sh
#SBATCH --job-name=nestml
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=2
#SBATCH --cpus-per-task=2
#SBATCH --time=00:10:00
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-$(dirname "${BASH_SOURCE[0]}")}"
source settings.sh

# A copy on each node's own disk or memory, so that not all processes read the same network folder.
local=${SLURM_TMPDIR:-${TMPDIR:-/tmp}}/nestml-$USER-$SLURM_JOB_ID
trap 'srun --ntasks="$SLURM_NNODES" --ntasks-per-node=1 rm -rf "$local"' EXIT
srun --ntasks="$SLURM_NNODES" --ntasks-per-node=1 \
  bash -c 'mkdir -m 700 "$1" && cp -r --preserve=mode "$0" "$1/kernels"' "$NESTML_ROOT" "$local"

export NESTML_JIT_CACHE_PATH=$local/kernels  # where to look
export NESTML_JIT_CACHE=$local/cache         # small notes; nothing is compiled
export NESTML_JIT_OFFLINE=1                  # what is missing is an error now, not a wait
export OMP_PROC_BIND=true

# $NETWORK_ARGUMENTS is several words.
# shellcheck disable=SC2086
srun --cpus-per-task="$SLURM_CPUS_PER_TASK" python network.py $NETWORK_ARGUMENTS
