// Rows of length one on processors: one work-item per row of `columns` elements.

// norms[r] = max(||x[r, :]||, epsilon), y[r, :] = x[r, :] / norms[r]; a NaN stays one.
__kernel void l2Normalize(OUTPUT(float, output), OUTPUT(float, norms), INPUT(float, input),
                          const uint columns, const float epsilon) {
    const size_t row = get_global_id(0);
    OPEN_OUTPUT(float, output) + row * columns;
    OPEN_OUTPUT(float, norms) + row;
    OPEN_INPUT(float, input) + row * columns;
    const float length = sqrt(rowDot(input, input, columns));
    const float norm = length < epsilon ? epsilon : length;
    FOR_EACH_VECTOR(columns) {
        const uint lanes = ownedLanes(start, columns);
        storeVector(loadVector(input + start, lanes) / norm, output + start, lanes);
    }
    *norms = norm;
}

// dx = (g - (g . y) y) / norm; where the norm was clamped to epsilon, g / epsilon.
__kernel void l2NormalizeBackward(OUTPUT(float, inputGradient), INPUT(float, output),
                                  INPUT(float, norms), INPUT(float, outputGradient),
                                  const uint columns, const float epsilon) {
    const size_t row = get_global_id(0);
    OPEN_OUTPUT(float, inputGradient) + row * columns;
    OPEN_INPUT(float, output) + row * columns;
    OPEN_INPUT(float, norms) + row;
    OPEN_INPUT(float, outputGradient) + row * columns;
    const float norm = *norms;
    const float dot = norm <= epsilon ? 0.0f : rowDot(outputGradient, output, columns);
    FOR_EACH_VECTOR(columns) {
        const uint lanes = ownedLanes(start, columns);
        const Vector y = loadVector(output + start, lanes);
        const Vector g = loadVector(outputGradient + start, lanes);
        storeVector((g - dot * y) / norm, inputGradient + start, lanes);
    }
}
