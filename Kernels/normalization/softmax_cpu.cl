// Softmax and cross-entropy on processors: one work-item per row of `columns` elements.

// sum of e^(x - largest) over a row; the exponentials are also stored when `keep` is set. Lanes past
// the end of the row hold -inf and so add 0.
static float rowExponentials(__global float *output, __global const float *input, uint columns,
                             float largest, uint keep) {
    Vector sum = (Vector)(0.0f);
    FOR_EACH_VECTOR(columns) {
        const uint lanes = ownedLanes(start, columns);
        const Vector e = exp(loadVectorOr(input + start, lanes, -INFINITY) - largest);
        sum += e;
        if (keep) storeVector(e, output + start, lanes);
    }
    return sumFloat16(sum);
}

static void scaleRow(__global float *row, uint columns, float scale) {
    FOR_EACH_VECTOR(columns) {
        const uint lanes = ownedLanes(start, columns);
        storeVector(scale * loadVector(row + start, lanes), row + start, lanes);
    }
}

// output[r, :] = softmax(input[r, :]), or its logarithm; in place allowed.
__kernel void softmax(OUTPUT(float, output), INPUT(float, input), const uint columns,
                      const uint logarithm) {
    const size_t row = get_global_id(0) * columns;
    OPEN_OUTPUT(float, output) + row;
    OPEN_INPUT(float, input) + row;
    const float largest = rowMax(input, columns);
    const float sum = rowExponentials(output, input, columns, largest, !logarithm);
    if (!logarithm) {
        scaleRow(output, columns, 1.0f / sum);
        return;
    }
    const float last = log(sum);
    FOR_EACH_VECTOR(columns) {
        const uint lanes = ownedLanes(start, columns);
        storeVector(loadVector(input + start, lanes) - largest - last, output + start, lanes);
    }
}

// inputGradient[r, c] = y[r, c] * (g[r, c] - sum_j g[r, j] y[r, j]), or g - e^y sum_j g[r, j] of
// logarithms; inputGradient may be g.
__kernel void softmaxBackward(OUTPUT(float, inputGradient), INPUT(float, output),
                              INPUT(float, outputGradient), const uint columns,
                              const uint logarithm) {
    const size_t row = get_global_id(0) * columns;
    OPEN_OUTPUT(float, inputGradient) + row;
    OPEN_INPUT(float, output) + row;
    OPEN_INPUT(float, outputGradient) + row;
    float sum;
    if (logarithm) {
        sum = rowSum(outputGradient, columns);
    } else {
        sum = rowDot(outputGradient, output, columns);
    }
    FOR_EACH_VECTOR(columns) {
        const uint lanes = ownedLanes(start, columns);
        const Vector y = loadVector(output + start, lanes);
        const Vector g = loadVector(outputGradient + start, lanes);
        Vector value;
        if (logarithm) {
            value = g - exp(y) * sum;
        } else {
            value = y * (g - sum);
        }
        storeVector(value, inputGradient + start, lanes);
    }
}

// losses[r] = logsumexp(x[r, :]) - x[r, t[r]]; with hasGradient also
// gradient[r, :] = softmax(x[r, :]) - onehot(t[r]). Both are 0 where t[r] is ignoreIndex.
__kernel void softmaxCrossEntropy(OUTPUT(float, losses), OUTPUT(float, gradient),
                                  INPUT(float, logits), INPUT(int, targets), const uint columns,
                                  const int ignoreIndex, const uint hasGradient) {
    const size_t row = get_global_id(0);
    OPEN_OUTPUT(float, losses) + row;
    OPEN_INPUT(float, logits) + row * columns;
    OPEN_INPUT(int, targets) + row;
    OPEN_OUTPUT(float, gradient) + row * columns;
    const int target = *targets;
    if (target == ignoreIndex) {
        *losses = 0.0f;
        if (hasGradient) {
            FOR_EACH_VECTOR(columns) {
                storeVector((Vector)(0.0f), gradient + start, ownedLanes(start, columns));
            }
        }
        return;
    }
    const float largest = rowMax(logits, columns);
    const int isClass = target >= 0 && target < (int)columns;
    const float chosen = isClass ? logits[target] : NAN;
    const float sum = rowExponentials(gradient, logits, columns, largest, hasGradient);
    *losses = log(sum) - (chosen - largest);
    if (hasGradient) {
        scaleRow(gradient, columns, 1.0f / sum);
        if (isClass) gradient[target] -= 1.0f;
    }
}
