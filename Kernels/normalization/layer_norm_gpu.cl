// Layer norm on graphics processors: one work-group per row of `columns` elements, sums by trees in
// local memory.
//
// Built with CENTERED 0 it is RMS norm: mean and beta are 0 and their arrays are not touched.

// output = gamma * (x - mean) * rstd + beta, rstd = 1 / sqrt(variance + epsilon).
//
// mean and rstd [rows] are kept for the backward pass. The variance is biased and taken in a second
// pass, from the differences to the mean.
__kernel void layerNorm(OUTPUT(float, output), OUTPUT(float, mean), OUTPUT(float, rstd),
                        INPUT(float, input), INPUT(float, gamma), INPUT(float, beta),
                        const uint columns, const float epsilon) {
    __local float scratch[GROUP];
    const size_t row = get_group_id(0);
    OPEN_OUTPUT(float, output) + row * columns;
    OPEN_OUTPUT(float, mean) + row;
    OPEN_OUTPUT(float, rstd) + row;
    OPEN_INPUT(float, input) + row * columns;
    OPEN_INPUT(float, gamma);
    OPEN_INPUT(float, beta);
#if CENTERED
    float sum = 0.0f;
    FOR_EACH_COLUMN(columns) sum += input[column];
    const float center = groupSum(sum, scratch) / columns;
#else
    const float center = 0.0f;
#endif
    float squares = 0.0f;
    FOR_EACH_COLUMN(columns) {
        const float d = input[column] - center;
        squares = fma(d, d, squares);
    }
    const float scale = 1.0f / sqrt(groupSum(squares, scratch) / columns + epsilon);
    FOR_EACH_COLUMN(columns) {
#if CENTERED
        output[column] = fma((input[column] - center) * scale, gamma[column], beta[column]);
#else
        output[column] = input[column] * scale * gamma[column];
#endif
    }
    if (get_local_id(0) == 0) {
        if (CENTERED) *mean = center;
        *rstd = scale;
    }
}

// dx = rstd * (h - mean(h) - n * mean(h * n)) with n = (x - mean) * rstd and h = gamma * g.
__kernel void layerNormBackward(OUTPUT(float, inputGradient), INPUT(float, input),
                                INPUT(float, gamma), INPUT(float, mean), INPUT(float, rstd),
                                INPUT(float, outputGradient), const uint columns) {
    __local float scratch[GROUP];
    const size_t row = get_group_id(0);
    OPEN_OUTPUT(float, inputGradient) + row * columns;
    OPEN_INPUT(float, input) + row * columns;
    OPEN_INPUT(float, gamma);
    OPEN_INPUT(float, mean) + row;
    OPEN_INPUT(float, rstd) + row;
    OPEN_INPUT(float, outputGradient) + row * columns;
#if CENTERED
    const float center = *mean;
#else
    const float center = 0.0f;
#endif
    const float scale = *rstd;
    float sum = 0.0f;
    float product = 0.0f;
    FOR_EACH_COLUMN(columns) {
        const float h = gamma[column] * outputGradient[column];
        sum += h;
        product = fma(h, (input[column] - center) * scale, product);
    }
#if CENTERED
    const float meanOfH = groupSum(sum, scratch) / columns;
#else
    const float meanOfH = 0.0f;
#endif
    const float meanOfProduct = groupSum(product, scratch) / columns;
    FOR_EACH_COLUMN(columns) {
        const float h = gamma[column] * outputGradient[column];
        const float n = (input[column] - center) * scale;
        inputGradient[column] = scale * (h - meanOfH - n * meanOfProduct);
    }
}
