// The norm of a flat buffer and the factor that clips it, on processors.

// partials[part] = sum of the squares of elements part * span ..< (part + 1) * span of `count`.
// One work-item per part.
__kernel void squaredSums(OUTPUT(float, partials), INPUT(float, input), const uint count,
                          const uint span) {
    const size_t part = get_global_id(0);
    const size_t first = part * span;
    OPEN_OUTPUT(float, partials);
    OPEN_INPUT(float, input) + first;
    const uint length = min((size_t)span, count - first);
    partials[part] = rowDot(input, input, length);
}

// output[0] = sqrt(sum of the partials), output[1] = min(1, maximumNorm / (output[0] + 1e-6)), NaN
// if the quotient is. One work-item.
__kernel void clipScale(OUTPUT(float, output), INPUT(float, partials), const uint parts,
                        const float maximumNorm) {
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, partials);
    const float norm = sqrt(rowSum(partials, parts));
    const float factor = maximumNorm / (norm + 1e-6f);
    output[0] = norm;
    output[1] = factor > 1.0f ? 1.0f : factor;
}
