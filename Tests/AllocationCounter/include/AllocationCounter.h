#ifndef TANDEM_ALLOCATION_COUNTER_H
#define TANDEM_ALLOCATION_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/// Whether allocations are counted in this program: with glibc, and without a sanitizer, which
/// replaces the same functions.
bool tandem_counts_allocations(void);

/// Number of allocations and reallocations of heap memory by the calling thread so far, whatever
/// library made them.
uint64_t tandem_allocation_count(void);

#endif
