// The norm of a flat buffer and the factor that clips it, on graphics processors; sums by trees in
// local memory.

// partials[part] = sum of the squares of elements part * span ..< (part + 1) * span of `count`.
// One work-group per part.
__kernel void squaredSums(OUTPUT(float, partials), INPUT(float, input), const uint count,
                          const uint span) {
    __local float scratch[GROUP];
    const size_t part = get_group_id(0);
    const size_t first = part * span;
    OPEN_OUTPUT(float, partials);
    OPEN_INPUT(float, input) + first;
    float squares = 0.0f;
    FOR_EACH_COLUMN(min((size_t)span, count - first)) {
        squares = fma(input[column], input[column], squares);
    }
    const float sum = groupSum(squares, scratch);
    if (get_local_id(0) == 0) partials[part] = sum;
}

// output[0] = sqrt(sum of the partials), output[1] = min(1, maximumNorm / (output[0] + 1e-6)), NaN
// if the quotient is. One work-group.
__kernel void clipScale(OUTPUT(float, output), INPUT(float, partials), const uint parts,
                        const float maximumNorm) {
    __local float scratch[GROUP];
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, partials);
    float value = 0.0f;
    FOR_EACH_COLUMN(parts) value += partials[column];
    const float norm = sqrt(groupSum(value, scratch));
    if (get_local_id(0) == 0) {
        const float factor = maximumNorm / (norm + 1e-6f);
        output[0] = norm;
        output[1] = factor > 1.0f ? 1.0f : factor;
    }
}
