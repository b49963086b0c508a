// Softmax and cross-entropy on graphics processors: one work-group per row of `columns` elements,
// sums and maxima by trees in local memory. Every item reads and writes only its own columns.

// The largest element of a row, without NaN (which then shows in the sum of exponentials).
static float rowLargest(__global const float *row, uint columns, __local float *scratch) {
    float largest = -INFINITY;
    FOR_EACH_COLUMN(columns) largest = fmax(largest, row[column]);
    return groupMax(largest, scratch);
}

// sum of e^(x - largest) over a row; the exponentials are also stored when `keep` is set.
static float rowExponentials(__global float *output, __global const float *input, uint columns,
                             float largest, uint keep, __local float *scratch) {
    float sum = 0.0f;
    FOR_EACH_COLUMN(columns) {
        const float e = exp(input[column] - largest);
        sum += e;
        if (keep) output[column] = e;
    }
    return groupSum(sum, scratch);
}

// output[r, :] = softmax(input[r, :]), or its logarithm; in place allowed.
__kernel void softmax(OUTPUT(float, output), INPUT(float, input), const uint columns,
                      const uint logarithm) {
    __local float scratch[GROUP];
    const size_t row = get_group_id(0) * columns;
    OPEN_OUTPUT(float, output) + row;
    OPEN_INPUT(float, input) + row;
    const float largest = rowLargest(input, columns, scratch);
    const float sum = rowExponentials(output, input, columns, largest, !logarithm, scratch);
    if (logarithm) {
        const float last = log(sum);
        FOR_EACH_COLUMN(columns) output[column] = input[column] - largest - last;
    } else {
        const float scale = 1.0f / sum;
        FOR_EACH_COLUMN(columns) output[column] *= scale;
    }
}

// inputGradient[r, c] = y[r, c] * (g[r, c] - sum_j g[r, j] y[r, j]), or g - e^y sum_j g[r, j] of
// logarithms; inputGradient may be g.
__kernel void softmaxBackward(OUTPUT(float, inputGradient), INPUT(float, output),
                              INPUT(float, outputGradient), const uint columns,
                              const uint logarithm) {
    __local float scratch[GROUP];
    const size_t row = get_group_id(0) * columns;
    OPEN_OUTPUT(float, inputGradient) + row;
    OPEN_INPUT(float, output) + row;
    OPEN_INPUT(float, outputGradient) + row;
    float part = 0.0f;
    FOR_EACH_COLUMN(columns) {
        const float g = outputGradient[column];
        part = logarithm ? part + g : fma(g, output[column], part);
    }
    const float sum = groupSum(part, scratch);
    FOR_EACH_COLUMN(columns) {
        const float g = outputGradient[column];
        const float y = output[column];
        inputGradient[column] = logarithm ? g - exp(y) * sum : y * (g - sum);
    }
}

// losses[r] = logsumexp(x[r, :]) - x[r, t[r]]; with hasGradient also
// gradient[r, :] = softmax(x[r, :]) - onehot(t[r]). Both are 0 where t[r] is ignoreIndex.
__kernel void softmaxCrossEntropy(OUTPUT(float, losses), OUTPUT(float, gradient),
                                  INPUT(float, logits), INPUT(int, targets), const uint columns,
                                  const int ignoreIndex, const uint hasGradient) {
    __local float scratch[GROUP];
    const size_t row = get_group_id(0);
    OPEN_OUTPUT(float, losses) + row;
    OPEN_INPUT(float, logits) + row * columns;
    OPEN_INPUT(int, targets) + row;
    OPEN_OUTPUT(float, gradient) + row * columns;
    const int target = *targets;
    if (target == ignoreIndex) {
        if (get_local_id(0) == 0) *losses = 0.0f;
        if (hasGradient) {
            FOR_EACH_COLUMN(columns) gradient[column] = 0.0f;
        }
        return;
    }
    const int isClass = target >= 0 && target < (int)columns;
    const float chosen = isClass ? logits[target] : NAN;
    const float largest = rowLargest(logits, columns, scratch);
    const float sum = rowExponentials(gradient, logits, columns, largest, hasGradient, scratch);
    if (get_local_id(0) == 0) *losses = log(sum) - (chosen - largest);
    if (hasGradient) {
        const float scale = 1.0f / sum;
        FOR_EACH_COLUMN(columns) {
            gradient[column] = gradient[column] * scale - (column == (size_t)target ? 1.0f : 0.0f);
        }
    }
}
