#ifndef TANDEM_OPTIMIZERS_H
#define TANDEM_OPTIMIZERS_H

#include <stdint.h>

// Each function updates a run of elements with the same constants; runs are independent.

/// Constants of an Adam step for one group of parameters; bias corrections are computed by the
/// caller in double precision.
typedef struct {
    float gradient_scale;
    float beta1, beta2, epsilon;
    /// `1 - beta1` and `1 - beta2`, rounded once: `1 - 0.999f` is off by 1e-5.
    float rest1, rest2;
    /// `learning rate / (1 - beta1^step)`
    float step_size;
    /// `1 / sqrt(1 - beta2^step)`
    float root_factor;
    /// `1 - learning rate * weight decay` for AdamW, 1 for Adam.
    float decay_factor;
    /// Weight decay that is added to the gradient (Adam), 0 for AdamW.
    float gradient_decay;
} tandem_adam_constants;

/// `g = scale * gradient + gradient_decay * w`; `w *= decay_factor`; `m = b1 m + (1 - b1) g`; `v =
/// b2 v + (1 - b2) g^2`; `w -= step_size * m / (root_factor * sqrt(v) + epsilon)`.
void tandem_adam(
    float *values, const float *gradients, float *first_moments, float *second_moments,
    int64_t count, const tandem_adam_constants *constants);

/// Constants of a step of stochastic gradient descent for one group of parameters.
typedef struct {
    float gradient_scale, learning_rate, weight_decay, momentum;
    int32_t nesterov, is_first_step;
} tandem_sgd_constants;

/// `g = scale * gradient + weight_decay * w`; `b = momentum * b + g` (first step: `b = g`); `w -=
/// learning_rate * (nesterov ? g + momentum * b : b)`. `momenta` may be NULL: then `w -=
/// learning_rate * g`.
void tandem_sgd(
    float *values, const float *gradients, float *momenta, int64_t count,
    const tandem_sgd_constants *constants);

#endif
