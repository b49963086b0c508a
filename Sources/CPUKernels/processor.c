#define _GNU_SOURCE
#include "processor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__APPLE__)
#include <sys/sysctl.h>
#elif defined(__linux__)
#include <sched.h>
#endif

/// The brand string is spread over three calls of the CPUID instruction, padded with spaces.
static void read_brand(char brand[49]) {
    memset(brand, 0, 49);
#if defined(__x86_64__)
    unsigned int words[12];
    for (unsigned int part = 0; part < 3; part++) {
        unsigned int *w = words + 4 * part;
        if (!__get_cpuid(0x80000002u + part, w, w + 1, w + 2, w + 3)) return;
    }
    memcpy(brand, words, sizeof words);
#elif defined(__APPLE__)
    size_t length = 48;
    if (sysctlbyname("machdep.cpu.brand_string", brand, &length, NULL, 0) != 0) brand[0] = 0;
#endif
}

void tandem_processor_name(char *name, size_t capacity) {
    char brand[49];
    read_brand(brand);
    const char *start = brand + strspn(brand, " ");
    size_t length = strlen(start);
    while (length > 0 && start[length - 1] == ' ') length--;
    if (length == 0) {
        snprintf(name, capacity, "processor");
    } else {
        snprintf(name, capacity, "%.*s", (int)length, start);
    }
}

int32_t tandem_processor_count(void) {
#if defined(__linux__)
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return CPU_COUNT(&allowed);
#endif
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (int32_t)count : 1;
}

int64_t tandem_memory_bytes(void) {
    return (int64_t)sysconf(_SC_PHYS_PAGES) * (int64_t)sysconf(_SC_PAGESIZE);
}
