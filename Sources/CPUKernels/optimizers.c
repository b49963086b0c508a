#include "optimizers.h"

#include "kernel_variants.h"
#include "simd.h"

/// Numbers below the normal ones become 0: the moments of a unit that gets no gradient any more fall below and would
/// stay there, and arithmetic on them takes twice as long.
INLINE FloatVector normal_or_zero(FloatVector x) {
    return select_vector(absolute_vector(x) < 1.17549435e-38f, (FloatVector)0.0f, x);
}

INLINE void adam_body(
    float *values, const float *gradients, float *first_moments, float *second_moments,
    int64_t count, const tandem_adam_constants *constants) {
    const tandem_adam_constants c = *constants;
    for (int64_t i = 0; i < count; i += LANES) {
        const int64_t rest = count - i;
        const FloatVector w = load_some(values + i, rest, 0.0f);
        const FloatVector g =
            c.gradient_scale * load_some(gradients + i, rest, 0.0f) + c.gradient_decay * w;
        const FloatVector m =
            c.beta1 * load_some(first_moments + i, rest, 0.0f) + c.rest1 * g;
        const FloatVector v =
            c.beta2 * load_some(second_moments + i, rest, 0.0f) + c.rest2 * (g * g);
        const FloatVector root = c.root_factor * __builtin_elementwise_sqrt(v) + c.epsilon;
        store_some(first_moments + i, normal_or_zero(m), rest);
        store_some(second_moments + i, normal_or_zero(v), rest);
        store_some(values + i, c.decay_factor * w - c.step_size * (m / root), rest);
    }
}

TANDEM_DEFINE_KERNEL(
    adam,
    (float *values, const float *gradients, float *first_moments, float *second_moments,
     int64_t count, const tandem_adam_constants *constants),
    (values, gradients, first_moments, second_moments, count, constants))

INLINE void sgd_body(
    float *values, const float *gradients, float *momenta, int64_t count,
    const tandem_sgd_constants *constants) {
    const tandem_sgd_constants c = *constants;
    for (int64_t i = 0; i < count; i++) {
        const float g = c.gradient_scale * gradients[i] + c.weight_decay * values[i];
        float step = g;
        if (momenta) {
            const float b = c.is_first_step ? g : c.momentum * momenta[i] + g;
            momenta[i] = b;
            step = c.nesterov ? g + c.momentum * b : b;
        }
        values[i] -= c.learning_rate * step;
    }
}

TANDEM_DEFINE_KERNEL(
    sgd,
    (float *values, const float *gradients, float *momenta, int64_t count,
     const tandem_sgd_constants *constants),
    (values, gradients, momenta, count, constants))
