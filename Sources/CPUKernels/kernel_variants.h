/// Compiles one kernel body for every instruction set and picks the right one at run time.
///
/// The body is an always-inline function of portable vector code; each variant is a function with
/// its own target attribute that inlines the body. A switch on a cached value chooses the variant:
/// unlike `ifunc` resolvers this works under the sanitizers, in static binaries and on every
/// architecture.
#ifndef TANDEM_KERNEL_VARIANTS_H
#define TANDEM_KERNEL_VARIANTS_H

#include "instruction_set.h"

#if defined(__x86_64__)
#define TANDEM_TARGET_AVX512 __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define TANDEM_TARGET_AVX2 __attribute__((target("arch=x86-64-v3")))

/// Defines `void tandem_<name> parameters` from `static inline void <name>_body parameters`.
#define TANDEM_DEFINE_KERNEL(name, parameters, arguments) \
    TANDEM_TARGET_AVX512 static void name##_avx512 parameters { \
        name##_body arguments; \
    } \
    TANDEM_TARGET_AVX2 static void name##_avx2 parameters { \
        name##_body arguments; \
    } \
    static void name##_portable parameters { \
        name##_body arguments; \
    } \
    void tandem_##name parameters { \
        switch (tandem_current_instruction_set()) { \
        case TANDEM_AVX512: name##_avx512 arguments; break; \
        case TANDEM_AVX2: name##_avx2 arguments; break; \
        case TANDEM_PORTABLE: name##_portable arguments; break; \
        } \
    }
#else
#define TANDEM_DEFINE_KERNEL(name, parameters, arguments) \
    void tandem_##name parameters { \
        name##_body arguments; \
    }
#endif

#endif
