/// Portable vectors of 16 floats: one AVX-512 register, two AVX2 registers or four of 128 bits.
///
/// All kernels work on 16 lanes whatever the machine, so that the order of every sum is the same
/// everywhere.
#ifndef TANDEM_SIMD_H
#define TANDEM_SIMD_H

#include <stdint.h>
#include <string.h>

/// Vectors only travel between always-inline functions, so their calling convention does not
/// matter.
#pragma clang diagnostic ignored "-Wpsabi"
/// Multiplications and additions may be fused where the machine can; nothing else is relaxed.
#pragma clang fp contract(fast)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define LANES 16

typedef float FloatVector __attribute__((ext_vector_type(LANES)));
typedef int32_t IntVector __attribute__((ext_vector_type(LANES)));
typedef uint32_t UIntVector __attribute__((ext_vector_type(LANES)));

INLINE FloatVector load_vector(const float *source) {
    FloatVector result;
    memcpy(&result, source, sizeof result);
    return result;
}

INLINE void store_vector(float *destination, FloatVector value) {
    memcpy(destination, &value, sizeof value);
}

/// Turns a loop over the lanes into one masked instruction where the machine has masks.
#define MASKED_LANES \
    _Pragma("clang loop unroll(disable) vectorize(assume_safety) vectorize_width(16)") \
    for (int64_t lane = 0; lane < LANES; lane++)

/// The first `count` (at most 16) elements of `source`; the other lanes hold `padding`.
INLINE FloatVector load_partial(const float *source, int64_t count, float padding) {
    float lanes[LANES];
    MASKED_LANES lanes[lane] = lane < count ? source[lane] : padding;
    return load_vector(lanes);
}

/// Stores the first `count` (at most 16) lanes.
INLINE void store_partial(float *destination, FloatVector value, int64_t count) {
    float lanes[LANES];
    store_vector(lanes, value);
    MASKED_LANES if (lane < count) destination[lane] = lanes[lane];
}

/// The vector at `source`, of which `count` elements exist; the lanes beyond hold `padding`.
INLINE FloatVector load_some(const float *source, int64_t count, float padding) {
    return count >= LANES ? load_vector(source) : load_partial(source, count, padding);
}

/// Stores the lanes of which `count` elements exist.
INLINE void store_some(float *destination, FloatVector value, int64_t count) {
    if (count >= LANES) {
        store_vector(destination, value);
    } else {
        store_partial(destination, value, count);
    }
}

INLINE FloatVector as_float(IntVector bits) {
    return (FloatVector)bits;
}
INLINE IntVector as_int(FloatVector value) {
    return (IntVector)value;
}

/// Lane by lane `mask ? yes : no`; masks are the results of vector comparisons (all bits set or
/// none).
INLINE FloatVector select_vector(IntVector mask, FloatVector yes, FloatVector no) {
    return as_float((as_int(yes) & mask) | (as_int(no) & ~mask));
}

/// A product that is rounded on its own, never fused with an addition: equal products then cancel
/// exactly.
INLINE FloatVector rounded_product(FloatVector a, FloatVector b) {
#pragma clang fp contract(off)
    return a * b;
}

/// The larger lane; NaN if either is NaN.
INLINE FloatVector maximum_vector(FloatVector a, FloatVector b) {
    return select_vector((a > b) | (a != a), a, b);
}

/// The smaller lane; NaN if either is NaN.
INLINE FloatVector minimum_vector(FloatVector a, FloatVector b) {
    return select_vector((a < b) | (a != a), a, b);
}

INLINE FloatVector absolute_vector(FloatVector x) {
    return as_float(as_int(x) & 0x7fffffff);
}

/// The magnitude of `x` with the sign of `sign`.
INLINE FloatVector copy_sign(FloatVector x, FloatVector sign) {
    return as_float((as_int(x) & 0x7fffffff) | (as_int(sign) & (int32_t)0x80000000));
}

/// Sum of the lanes, by halves: lane i + lane i + 8, then + 4, + 2, + 1.
INLINE float sum_lanes(FloatVector x) {
    float lanes[LANES];
    store_vector(lanes, x);
    UNROLL
    for (int half = LANES / 2; half > 0; half /= 2) {
        UNROLL
        for (int lane = 0; lane < half; lane++) lanes[lane] += lanes[lane + half];
    }
    return lanes[0];
}

/// Smallest lane; NaN if there is one.
INLINE float minimum_lane(FloatVector x) {
    float lanes[LANES];
    store_vector(lanes, x);
    float result = lanes[0];
    UNROLL
    for (int lane = 1; lane < LANES; lane++) {
        result = lanes[lane] < result || lanes[lane] != lanes[lane] ? lanes[lane] : result;
    }
    return result;
}

/// Largest lane; NaN if there is one.
INLINE float maximum_lane(FloatVector x) {
    float lanes[LANES];
    store_vector(lanes, x);
    float result = lanes[0];
    UNROLL
    for (int lane = 1; lane < LANES; lane++) {
        result = lanes[lane] > result || lanes[lane] != lanes[lane] ? lanes[lane] : result;
    }
    return result;
}

#endif
