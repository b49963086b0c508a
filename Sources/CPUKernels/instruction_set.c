#include "instruction_set.h"

#include <stdatomic.h>

/// -1 until the first question; afterwards a `tandem_instruction_set`. Two threads that ask first at the same time store the
/// same value.
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

tandem_instruction_set tandem_current_instruction_set(void) {
    int32_t known = atomic_load_explicit(&current, memory_order_relaxed);
    if (known < 0) {
        known = tandem_best_instruction_set();
        atomic_store_explicit(&current, known, memory_order_relaxed);
    }
    return (tandem_instruction_set)known;
}

tandem_instruction_set tandem_select_instruction_set(tandem_instruction_set wanted) {
    const tandem_instruction_set best = tandem_best_instruction_set();
    const tandem_instruction_set chosen = wanted < best ? wanted : best;
    atomic_store_explicit(&current, chosen, memory_order_relaxed);
    return chosen;
}
