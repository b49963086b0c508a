/// Exponential, logarithm, sigmoid, tanh, erf, sine and cosine on 16 lanes, accurate to about 2 ulp.
///
/// Range reduction by exact powers of two and minimax polynomials (fitted for this file by Lawson
/// iteration in double precision). NaN in gives NaN out everywhere; clamping is written as a
/// selection because the machine's minimum and maximum drop NaN.
#ifndef TANDEM_VECTOR_MATH_H
#define TANDEM_VECTOR_MATH_H

#include "simd.h"

#include <math.h>

/// `x` limited to `[low, high]`; NaN stays.
INLINE FloatVector clamp_vector(FloatVector x, float low, float high) {
    x = select_vector(x > high, (FloatVector)high, x);
    return select_vector(x < low, (FloatVector)low, x);
}

/// `2^k` for k in -126...127.
INLINE FloatVector power_of_two(IntVector k) {
    return as_float((k + 127) << 23);
}

/// Writes `e^x = 2^k * (1 + p)` with `p = e^r - 1`, `|r| <= ln 2 / 2`: sets `k`, returns `p`. |x|
/// must be below 2^21.
INLINE FloatVector exponential_parts(FloatVector x, IntVector *k) {
    // Adding 1.5 * 2^23 rounds to the nearest integer, which then stands in the low bits.
    const FloatVector shifter = 12582912.0f;
    const FloatVector shifted = x * 1.44269504f + shifter;
    *k = as_int(shifted) - as_int(shifter);
    const FloatVector n = shifted - shifter;
    const FloatVector r = (x - n * 0.693145752f) - n * 1.42860677e-6f;
    FloatVector p = 1.99135597e-4f;
    p = p * r + 1.39410119e-3f;
    p = p * r + 8.33327416e-3f;
    p = p * r + 4.16663550e-2f;
    p = p * r + 1.66666672e-1f;
    p = p * r + 0.5f;
    return p * (r * r) + r;
}

/// `e^x`: overflows to infinity, underflows gradually to 0.
INLINE FloatVector exponential_vector(FloatVector x) {
    IntVector k;
    const FloatVector p = exponential_parts(clamp_vector(x, -104.0f, 89.0f), &k);
    // Two factors, because 2^k alone overflows before the result does.
    const IntVector half = k >> 1;
    return ((1.0f + p) * power_of_two(half)) * power_of_two(k - half);
}

/// `e^x` for arguments that need no infinities or denormal results: x is limited to [-87, 88].
INLINE FloatVector bounded_exponential(FloatVector x) {
    IntVector k;
    const FloatVector p = exponential_parts(clamp_vector(x, -87.0f, 88.0f), &k);
    const FloatVector scale = power_of_two(k);
    return p * scale + scale;
}

INLINE FloatVector sigmoid_vector(FloatVector x) {
    return 1.0f / (1.0f + exponential_vector(-x));
}

/// Sigmoid for gates: results below 1e-38 are not told apart from each other.
INLINE FloatVector gate_vector(FloatVector x) {
    return 1.0f / (1.0f + bounded_exponential(-x));
}

/// `tanh |x| = e / (e + 2)` with `e = e^(2|x|) - 1`, exact near 0 because e is computed without
/// cancellation.
INLINE FloatVector tanh_vector(FloatVector x) {
    IntVector k;
    const FloatVector magnitude = clamp_vector(absolute_vector(x), 0.0f, 10.0f);
    const FloatVector p = exponential_parts(2.0f * magnitude, &k);
    const FloatVector scale = power_of_two(k);
    const FloatVector e = p * scale + (scale - 1.0f);
    return copy_sign(e / (e + 2.0f), x);
}

/// Natural logarithm: -infinity at 0, NaN below, infinity at infinity; exact for denormal arguments
/// too.
INLINE FloatVector logarithm_vector(FloatVector x) {
    const IntVector small = x < 1.17549435e-38f;
    const FloatVector scaled = select_vector(small, x * 8388608.0f, x);
    const IntVector exponent = (as_int(scaled) - 0x3f3504f3) >> 23;
    // The mantissa lies in [sqrt(1/2), sqrt(2)).
    const FloatVector f = as_float(as_int(scaled) - (exponent << 23)) - 1.0f;
    const FloatVector e = __builtin_convertvector(exponent - (small & 23), FloatVector);
    FloatVector q = 6.91529736e-2f;
    q = q * f - 1.17897719e-1f;
    q = q * f + 1.18729889e-1f;
    q = q * f - 1.23843558e-1f;
    q = q * f + 1.42186567e-1f;
    q = q * f - 1.66692510e-1f;
    q = q * f + 2.00022265e-1f;
    q = q * f - 2.49999866e-1f;
    q = q * f + 3.33333105e-1f;
    const FloatVector square = f * f;
    FloatVector tail = q * (square * f) + e * 1.42860677e-6f;
    tail = tail - 0.5f * square;
    const FloatVector result = (f + tail) + e * 0.693145752f;
    const FloatVector special = select_vector(
        x == 0.0f, (FloatVector)-INFINITY, select_vector(x < 0.0f, (FloatVector)NAN, x));
    return select_vector((x > 0.0f) & (x < INFINITY), result, special);
}

/// `log(1 + x)` for x >= 0, with the rounding error of `1 + x` put back.
INLINE FloatVector logarithm_of_one_plus(FloatVector x) {
    const FloatVector sum = 1.0f + x;
    return logarithm_vector(sum) - ((sum - 1.0f) - x) / sum;
}

/// Error function: an odd polynomial up to 0.9375, beyond it `1 - e^-(t + t P(t))`.
INLINE FloatVector error_function_vector(FloatVector x) {
    const FloatVector magnitude = absolute_vector(x);
    const FloatVector square = x * x;
    FloatVector small = -5.94314246e-4f;
    small = small * square + 4.98437881e-3f;
    small = small * square - 2.67611071e-2f;
    small = small * square + 1.12816818e-1f;
    small = small * square - 3.76124829e-1f;
    small = small * square + 1.28379151e-1f;
    small = small * x + x;

    const FloatVector t = clamp_vector(magnitude, 0.0f, 4.0f);
    FloatVector large = 1.21506491e-5f;
    large = large * t - 3.31989635e-4f;
    large = large * t + 3.67973675e-3f;
    large = large * t - 2.38407440e-2f;
    large = large * t + 1.06328025e-1f;
    large = large * t + 6.35096312e-1f;
    large = large * t + 1.28662005e-1f;
    large = copy_sign(1.0f - bounded_exponential(-(large * t + t)), x);
    return select_vector(magnitude > 0.9375f, large, small);
}

/// Largest angle whose quarter turns are counted in vector code.
#define LARGEST_ANGLE 8192.0f

/// Writes `x = quarter * pi / 2 + r` with `|r| <= pi / 4`: sets `quarter`, returns `r`. |x| is at most
/// LARGEST_ANGLE. Cody and Waite's reduction: pi / 2 in three parts, the first two short enough for
/// exact products.
INLINE FloatVector angle_parts(FloatVector x, IntVector *quarter) {
    const FloatVector shifter = 12582912.0f;
    const FloatVector shifted = x * 0.636619772f + shifter;
    *quarter = as_int(shifted) - as_int(shifter);
    const FloatVector n = shifted - shifter;
    return ((x - n * 1.5703125f) - n * 4.837512969970703125e-4f) - n * 7.54978995489188e-8f;
}

/// Sine of `|x| <= pi / 4`.
INLINE FloatVector near_sine(FloatVector x) {
    const FloatVector square = x * x;
    FloatVector p = -1.9515295891e-4f;
    p = p * square + 8.3321608736e-3f;
    p = p * square - 1.6666654611e-1f;
    return p * (square * x) + x;
}

/// Cosine of `|x| <= pi / 4`.
INLINE FloatVector near_cosine(FloatVector x) {
    const FloatVector square = x * x;
    FloatVector p = 2.443315711809948e-5f;
    p = p * square - 1.388731625493765e-3f;
    p = p * square + 4.166664568298827e-2f;
    return p * (square * square) + (1.0f - 0.5f * square);
}

/// Replaces the lanes beyond the range of `angle_parts` by `function`, one by one.
INLINE FloatVector
with_large_angles(FloatVector x, FloatVector result, float (*const function)(float)) {
    float angles[LANES], values[LANES];
    store_vector(angles, x);
    store_vector(values, result);
    for (int lane = 0; lane < LANES; lane++) {
        if (!(fabsf(angles[lane]) <= LARGEST_ANGLE)) values[lane] = function(angles[lane]);
    }
    return load_vector(values);
}

/// Whether any lane lies beyond the range of `angle_parts` or is NaN.
INLINE int has_large_angles(FloatVector x) {
    return !(maximum_lane(absolute_vector(x)) <= LARGEST_ANGLE);
}

INLINE FloatVector sine_vector(FloatVector x) {
    IntVector quarter;
    const FloatVector r = angle_parts(clamp_vector(x, -LARGEST_ANGLE, LARGEST_ANGLE), &quarter);
    const FloatVector magnitude = select_vector((quarter & 1) != 0, near_cosine(r), near_sine(r));
    const FloatVector result = as_float(as_int(magnitude) ^ ((quarter & 2) << 30));
    return has_large_angles(x) ? with_large_angles(x, result, sinf) : result;
}

INLINE FloatVector cosine_vector(FloatVector x) {
    IntVector quarter;
    const FloatVector r = angle_parts(clamp_vector(x, -LARGEST_ANGLE, LARGEST_ANGLE), &quarter);
    const FloatVector magnitude = select_vector((quarter & 1) != 0, near_sine(r), near_cosine(r));
    const FloatVector result = as_float(as_int(magnitude) ^ (((quarter + 1) & 2) << 30));
    return has_large_angles(x) ? with_large_angles(x, result, cosf) : result;
}

/// The standard normal distribution function.
INLINE FloatVector normal_distribution(FloatVector x) {
    return 0.5f + 0.5f * error_function_vector(x * 0.707106781f);
}

/// Exact GELU: `x` times the normal distribution function.
INLINE FloatVector gelu_vector(FloatVector x) {
    return x * normal_distribution(x);
}

#endif
