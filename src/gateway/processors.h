#pragma once

namespace dragoman::gateway {

// How many processors this process may use: its affinity mask, cut down to the CPU quota of its cgroup (v2 cpu.max, v1
// cfs quota), at least 1.
int UsableProcessors();

// Raises the soft limit of open files to the hard one. Failure is logged, not fatal.
void RaiseOpenFileLimit();

}  // namespace dragoman::gateway
