// Layer norm on processors: one work-item per row of `columns` elements.
//
// Built with CENTERED 0 it is RMS norm: mean and beta are 0 and their arrays are not touched.

// output = gamma * (x - mean) * rstd + beta, rstd = 1 / sqrt(variance + epsilon).
//
// mean and rstd [rows] are kept for the backward pass. The variance is biased and taken in a second
// pass, from the differences to the mean; lanes past the end of the row hold the mean.
__kernel void layerNorm(OUTPUT(float, output), OUTPUT(float, mean), OUTPUT(float, rstd),
                        INPUT(float, input), INPUT(float, gamma), INPUT(float, beta),
                        const uint columns, const float epsilon) {
    const size_t row = get_global_id(0);
    OPEN_OUTPUT(float, output) + row * columns;
    OPEN_OUTPUT(float, mean) + row;
    OPEN_OUTPUT(float, rstd) + row;
    OPEN_INPUT(float, input) + row * columns;
    OPEN_INPUT(float, gamma);
    OPEN_INPUT(float, beta);
#if CENTERED
    const float center = rowSum(input, columns) / columns;
#else
    const float center = 0.0f;
#endif
    Vector squares = (Vector)(0.0f);
    FOR_EACH_VECTOR(columns) {
        const Vector d = loadVectorOr(input + start, ownedLanes(start, columns), center) - center;
        squares = fma(d, d, squares);
    }
    const float scale = 1.0f / sqrt(sumFloat16(squares) / columns + epsilon);
    FOR_EACH_VECTOR(columns) {
        const uint lanes = ownedLanes(start, columns);
        const Vector normal = (loadVector(input + start, lanes) - center) * scale;
#if CENTERED
        const Vector shift = loadVector(beta + start, lanes);
#else
        const Vector shift = (Vector)(0.0f);
#endif
        storeVector(fma(normal, loadVector(gamma + start, lanes), shift), output + start, lanes);
    }
    if (CENTERED) *mean = center;
    *rstd = scale;
}

// dx = rstd * (h - mean(h) - n * mean(h * n)) with n = (x - mean) * rstd and h = gamma * g.
__kernel void layerNormBackward(OUTPUT(float, inputGradient), INPUT(float, input),
                                INPUT(float, gamma), INPUT(float, mean), INPUT(float, rstd),
                                INPUT(float, outputGradient), const uint columns) {
    const size_t row = get_global_id(0);
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
    Vector sums = (Vector)(0.0f);
    Vector products = (Vector)(0.0f);
    FOR_EACH_VECTOR(columns) {
        const uint lanes = ownedLanes(start, columns);
        const Vector n = (loadVectorOr(input + start, lanes, center) - center) * scale;
        const Vector h =
            loadVector(gamma + start, lanes) * loadVector(outputGradient + start, lanes);
        sums += h;
        products = fma(h, n, products);
    }
    const float meanOfH = CENTERED ? sumFloat16(sums) / columns : 0.0f;
    const float meanOfProduct = sumFloat16(products) / columns;
    FOR_EACH_VECTOR(columns) {
        const uint lanes = ownedLanes(start, columns);
        const Vector n = (loadVector(input + start, lanes) - center) * scale;
        const Vector h =
            loadVector(gamma + start, lanes) * loadVector(outputGradient + start, lanes);
        storeVector(scale * (h - meanOfH - n * meanOfProduct), inputGradient + start, lanes);
    }
}
