// Filling and scaled sums over arrays of `count` elements, one Vector per work-item.

// output[i] = value
__kernel void fill(OUTPUT(float, output), const float value, const uint count) {
    OPEN_OUTPUT(float, output);
    OPEN_ELEMENTS(count);
    storeVector((Vector)(value), output + start, lanes);
}

// output[i] = scale * input[i] + offset, in place allowed; scale 1 and offset 0 copy every bit.
__kernel void affine(OUTPUT(float, output), INPUT(float, input), const float scale,
                     const float offset, const uint count) {
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, input);
    OPEN_ELEMENTS(count);
    Vector x = loadVector(input + start, lanes);
    if (scale != 1.0f) x *= scale;
    if (offset != 0.0f) x += offset;
    storeVector(x, output + start, lanes);
}

// y[i] += alpha * x[i]
__kernel void axpy(OUTPUT(float, y), INPUT(float, x), const float alpha, const uint count) {
    OPEN_OUTPUT(float, y);
    OPEN_INPUT(float, x);
    OPEN_ELEMENTS(count);
    const Vector sum =
        fma((Vector)(alpha), loadVector(x + start, lanes), loadVector(y + start, lanes));
    storeVector(sum, y + start, lanes);
}
