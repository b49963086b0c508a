// Rows of length one on graphics processors: one work-group per row of `columns` elements, sums by
// trees in local memory.

// norms[r] = max(||x[r, :]||, epsilon), y[r, :] = x[r, :] / norms[r]; a NaN stays one.
__kernel void l2Normalize(OUTPUT(float, output), OUTPUT(float, norms), INPUT(float, input),
                          const uint columns, const float epsilon) {
    __local float scratch[GROUP];
    const size_t row = get_group_id(0);
    OPEN_OUTPUT(float, output) + row * columns;
    OPEN_OUTPUT(float, norms) + row;
    OPEN_INPUT(float, input) + row * columns;
    float squares = 0.0f;
    FOR_EACH_COLUMN(columns) squares = fma(input[column], input[column], squares);
    const float length = sqrt(groupSum(squares, scratch));
    const float norm = length < epsilon ? epsilon : length;
    FOR_EACH_COLUMN(columns) output[column] = input[column] / norm;
    if (get_local_id(0) == 0) *norms = norm;
}

// dx = (g - (g . y) y) / norm; where the norm was clamped to epsilon, g / epsilon.
__kernel void l2NormalizeBackward(OUTPUT(float, inputGradient), INPUT(float, output),
                                  INPUT(float, norms), INPUT(float, outputGradient),
                                  const uint columns, const float epsilon) {
    __local float scratch[GROUP];
    const size_t row = get_group_id(0);
    OPEN_OUTPUT(float, inputGradient) + row * columns;
    OPEN_INPUT(float, output) + row * columns;
    OPEN_INPUT(float, norms) + row;
    OPEN_INPUT(float, outputGradient) + row * columns;
    const float norm = *norms;
    float product = 0.0f;
    FOR_EACH_COLUMN(columns) product = fma(outputGradient[column], output[column], product);
    const float sum = groupSum(product, scratch);
    const float dot = norm <= epsilon ? 0.0f : sum;
    FOR_EACH_COLUMN(columns) {
        inputGradient[column] = (outputGradient[column] - dot * output[column]) / norm;
    }
}
