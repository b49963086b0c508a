// Softmax along the middle axis of [outer, count, inner], inner above 1; `logarithm` asks for its logarithm.
//
// Dimension 0 over the vectors of `inner`, dimension 1 over `outer`; an item walks down its columns.
// Maxima are NaN where there is a NaN.
__kernel void softmaxColumns(OUTPUT(float, output), INPUT(float, input), const uint outer,
                             const uint count, const uint inner, const uint logarithm) {
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, input);
    OPEN_MATRIX(outer, inner) {
        __global const float *source = input + row * count * inner + start;
        __global float *target = output + row * count * inner + start;
        Vector largest = loadVector(source, lanes);
        for (size_t i = 1; i < count; ++i) {
            largest = largerVector(largest, loadVector(source + i * inner, lanes));
        }
        Vector sum = (Vector)(0.0f);
        for (size_t i = 0; i < count; ++i) {
            const Vector e = exp(loadVector(source + i * inner, lanes) - largest);
            sum += e;
            if (!logarithm) storeVector(e, target + i * inner, lanes);
        }
        Vector last;
        if (logarithm) {
            last = log(sum);
        } else {
            last = (Vector)(1.0f) / sum;
        }
        for (size_t i = 0; i < count; ++i) {
            Vector y;
            if (logarithm) {
                y = loadVector(source + i * inner, lanes) - largest - last;
            } else {
                y = loadVector(target + i * inner, lanes) * last;
            }
            storeVector(y, target + i * inner, lanes);
        }
    }
}

// y (g - sum g y), or g - e^y sum g of logarithms; inputGradient may be g.
__kernel void softmaxColumnsBackward(OUTPUT(float, inputGradient), INPUT(float, output),
                                     INPUT(float, outputGradient), const uint outer,
                                     const uint count, const uint inner, const uint logarithm) {
    OPEN_OUTPUT(float, inputGradient);
    OPEN_INPUT(float, output);
    OPEN_INPUT(float, outputGradient);
    OPEN_MATRIX(outer, inner) {
        const size_t first = row * count * inner + start;
        Vector sum = (Vector)(0.0f);
        for (size_t i = 0; i < count; ++i) {
            const Vector g = loadVector(outputGradient + first + i * inner, lanes);
            const Vector y = loadVector(output + first + i * inner, lanes);
            if (logarithm) {
                sum += g;
            } else {
                sum += g * y;
            }
        }
        for (size_t i = 0; i < count; ++i) {
            const Vector g = loadVector(outputGradient + first + i * inner, lanes);
            const Vector y = loadVector(output + first + i * inner, lanes);
            Vector value;
            if (logarithm) {
                value = g - exp(y) * sum;
            } else {
                value = y * (g - sum);
            }
            storeVector(value, inputGradient + first + i * inner, lanes);
        }
    }
}
