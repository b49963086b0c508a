// Optimiser steps over one segment of `count` elements of the flat parameter buffers, opened at the
// segment's first element. One Vector per work-item.
//
// Every gradient is first multiplied by gradientScale[0] when hasScale is set.

// w *= shrink; m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
// w -= stepSize * m / (sqrt(v) / rootCorrection + epsilon).
//
// shrink is 1 - lr * decay with decoupled decay, else 1 and l2 (the decay) is added to the gradient:
// g += l2 * w. stepSize = lr / (1 - beta1^s), rootCorrection = sqrt(1 - beta2^s). rest1 = 1 - beta1 and
// rest2 = 1 - beta2 come from the host's double precision: 1 - 0.999f is off by 1e-5.
__kernel void adam(OUTPUT(float, values), OUTPUT(float, firstMoments),
                   OUTPUT(float, secondMoments), INPUT(float, gradients),
                   INPUT(float, gradientScale), const uint hasScale, const uint count,
                   const float beta1, const float rest1, const float beta2, const float rest2,
                   const float epsilon, const float stepSize, const float rootCorrection,
                   const float shrink, const float l2) {
    OPEN_OUTPUT(float, values);
    OPEN_OUTPUT(float, firstMoments);
    OPEN_OUTPUT(float, secondMoments);
    OPEN_INPUT(float, gradients);
    OPEN_INPUT(float, gradientScale);
    OPEN_ELEMENTS(count);
    Vector w = loadVector(values + start, lanes);
    Vector g = loadVector(gradients + start, lanes);
    if (hasScale) g *= gradientScale[0];
    g += l2 * w;
    w *= shrink;
    const Vector m = beta1 * loadVector(firstMoments + start, lanes) + rest1 * g;
    const Vector v = beta2 * loadVector(secondMoments + start, lanes) + rest2 * g * g;
    w -= stepSize * m / (sqrt(v) / rootCorrection + epsilon);
    storeVector(m, firstMoments + start, lanes);
    storeVector(v, secondMoments + start, lanes);
    storeVector(w, values + start, lanes);
}

// g += decay * w; b = momentum * b + g (b = g on the first step);
// w -= lr * (nesterov ? g + momentum * b : b). Without momentum (hasMomenta 0): w -= lr * g.
__kernel void sgd(OUTPUT(float, values), OUTPUT(float, momenta), INPUT(float, gradients),
                  INPUT(float, gradientScale), const uint hasMomenta, const uint hasScale,
                  const uint count, const float learningRate, const float decay,
                  const float momentum, const uint nesterov, const uint isFirstStep) {
    OPEN_OUTPUT(float, values);
    OPEN_OUTPUT(float, momenta);
    OPEN_INPUT(float, gradients);
    OPEN_INPUT(float, gradientScale);
    OPEN_ELEMENTS(count);
    Vector w = loadVector(values + start, lanes);
    Vector g = loadVector(gradients + start, lanes);
    if (hasScale) g *= gradientScale[0];
    g += decay * w;
    if (hasMomenta) {
        Vector b = g;
        if (!isFirstStep) b += momentum * loadVector(momenta + start, lanes);
        storeVector(b, momenta + start, lanes);
        g = nesterov ? g + momentum * b : b;
    }
    storeVector(w - learningRate * g, values + start, lanes);
}
