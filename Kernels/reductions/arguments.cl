// output[outer, i] = index of the first extreme of input[outer, :, i], or of its first NaN.
//
// input [.., count, inner]; `lines` of `count` elements that lie `inner` apart, one work-item each.
// The largest element, or the smallest with `smallest`.
__kernel void argumentLines(OUTPUT(int, output), INPUT(float, input), const uint lines,
                            const uint count, const uint inner, const uint smallest) {
    const size_t line = get_global_id(0);
    if (line >= lines) return;
    OPEN_OUTPUT(int, output);
    OPEN_INPUT(float, input) + line / inner * count * inner + line % inner;
    float best = input[0];
    int index = 0;
    for (uint i = 1; i < count && !isnan(best); ++i) {
        const float value = input[(size_t)i * inner];
        if ((smallest ? value < best : value > best) || isnan(value)) {
            best = value;
            index = (int)i;
        }
    }
    output[line] = index;
}
