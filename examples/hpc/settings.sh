# What prewarm.sh and job.sh have in common.

# A folder that all nodes see. Everything that jobs need is compiled into it once.
NESTML_ROOT=${NESTML_ROOT:-$HOME/nestml_kernels}

# What the CPUs of all nodes can do: x86-64-v3 for most machines since 2015, x86-64-v4 for those with
# AVX-512, or native if the login node has the same CPU as the others.
NESTML_CPU=${NESTML_CPU:-native}

# Arguments of the script. Prewarming wants the same models, not the same size.
NETWORK_ARGUMENTS=${NETWORK_ARGUMENTS:---neurons 4000 --virtual 8}
