#include "instruction_set.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/// -1 until the first question; afterwards a `tandem_instruction_set`. Two threads that ask first
/// at the same time store the same value.
static _Atomic int32_t current = -1;

tandem_instruction_set tandem_best_instruction_set(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                     && __builtin_cpu_supports("bmi2");
    const int avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
                       && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq")
                       && __builtin_cpu_supports("avx512vl");
    if (avx2 && avx512) return TANDEM_AVX512;
    if (avx2) return TANDEM_AVX2;
#endif
    return TANDEM_PORTABLE;
}

/// The instruction set that the environment names, or the best one there is.
static tandem_instruction_set wanted_instruction_set(void) {
    const tandem_instruction_set best = tandem_best_instruction_set();
    const char *name = getenv(TANDEM_INSTRUCTION_SET_VARIABLE);
    if (!name) return best;
    tandem_instruction_set wanted = best;
    if (strcmp(name, "portable") == 0) wanted = TANDEM_PORTABLE;
    if (strcmp(name, "avx2") == 0) wanted = TANDEM_AVX2;
    if (strcmp(name, "avx512") == 0) wanted = TANDEM_AVX512;
    return wanted < best ? wanted : best;
}

tandem_instruction_set tandem_current_instruction_set(void) {
    int32_t known = atomic_load_explicit(&current, memory_order_relaxed);
    if (known < 0) {
        known = wanted_instruction_set();
        atomic_store_explicit(&current, known, memory_order_relaxed);
    }
    return (tandem_instruction_set)known;
}
