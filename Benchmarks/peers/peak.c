// The machine's peak single-precision rate: independent fused multiply-adds in every thread.
// Prints one number, GFLOP/s. Usage: peak THREADS
#include "report.h"
#include <pthread.h>

enum { accumulators = 24, rounds = 4000000, repetitions = 5 };

// Keeps the compiler from folding the loop: the factor might change in every round.
#if defined(__x86_64__)
#define KEEP(value) "+x"(value)
#elif defined(__aarch64__)
#define KEEP(value) "+w"(value)
#else
#define KEEP(value) "+m"(value)
#endif

#define DEFINE_LOOP(name, attributes, bytes)                                                    \
    attributes static float name(void) {                                                        \
        typedef float Vector __attribute__((vector_size(bytes)));                               \
        Vector sum[accumulators], factor = {0}, term = {0};                                     \
        factor += 0.999f, term += 0.001f;                                                       \
        for (int i = 0; i < accumulators; i++) sum[i] = term * (float)i;                        \
        for (int n = 0; n < rounds; n++) {                                                      \
            _Pragma("GCC unroll 24") for (int i = 0; i < accumulators; i++)                     \
                sum[i] = sum[i] * factor + term;                                                \
            __asm__ volatile("" : KEEP(factor));                                                \
        }                                                                                       \
        for (int i = 1; i < accumulators; i++) sum[0] += sum[i];                                \
        return sum[0][0];                                                                       \
    }

#if defined(__x86_64__)
DEFINE_LOOP(loopAVX512, __attribute__((target("avx512f,prefer-vector-width=512"))), 64)
DEFINE_LOOP(loopAVX2, __attribute__((target("avx2,fma"))), 32)
#endif
DEFINE_LOOP(loopPortable, , 16)

typedef struct {
    float (*loop)(void);
    int floats;
} Variant;

static Variant widest(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f")) return (Variant){loopAVX512, 16};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return (Variant){loopAVX2, 8};
#endif
    return (Variant){loopPortable, 4};
}

static void *work(void *result) {
    *(float *)result = widest().loop();
    return NULL;
}

int main(int count, char **arguments) {
    int threads = count > 1 ? atoi(arguments[1]) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (threads < 1 || threads > 1024) fail("peak", "threads must lie in 1 ... 1024", arguments[1]);
    pthread_t handles[1024];
    float results[1024];
    double best = 0;
    for (int r = 0; r < repetitions; r++) {
        double start = secondsNow();
        for (int i = 0; i < threads; i++) pthread_create(&handles[i], NULL, work, &results[i]);
        for (int i = 0; i < threads; i++) pthread_join(handles[i], NULL);
        double operations = 2.0 * threads * accumulators * (double)rounds * widest().floats;
        double rate = operations / (secondsNow() - start) / 1e9;
        if (rate > best) best = rate;
    }
    printf("%.1f\n", best);
    return 0;
}
