/// Arithmetic on sizes.
#ifndef TANDEM_SIZES_H
#define TANDEM_SIZES_H

#include <stdint.h>

static inline int64_t minimum(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/// Groups of `size` that `count` things fill, the last one perhaps in part.
static inline int64_t group_count(int64_t count, int64_t size) {
    return (count + size - 1) / size;
}

/// `value` rounded up to a multiple of `step`.
static inline int64_t rounded_up(int64_t value, int64_t step) {
    return group_count(value, step) * step;
}

#endif
