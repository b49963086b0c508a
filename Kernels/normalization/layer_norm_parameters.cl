// Gradients of layer norm's gamma and beta, summed over blocks of `span` rows:
// gammaPartials[block, c] = sum_r g[r, c] * (x[r, c] - mean[r]) * rstd[r], betaPartials: sum_r g[r, c].
//
// Built with CENTERED 0 for RMS norm: the mean is 0 and nothing is summed for beta.
// x and g [rows, columns], partials [blocks, columns]. One work-item per block and Vector of columns,
// rows in ascending order; the blocks are added by the column reduction.
__kernel void layerNormParameters(OUTPUT(float, gammaPartials), OUTPUT(float, betaPartials),
                                  INPUT(float, input), INPUT(float, mean), INPUT(float, rstd),
                                  INPUT(float, outputGradient), const uint rows,
                                  const uint columns, const uint span) {
    OPEN_ROW_BLOCK(rows, columns, span);
    OPEN_OUTPUT(float, gammaPartials) + block * columns + start;
    OPEN_OUTPUT(float, betaPartials) + block * columns + start;
    OPEN_INPUT(float, input) + start;
    OPEN_INPUT(float, mean);
    OPEN_INPUT(float, rstd);
    OPEN_INPUT(float, outputGradient) + start;
    Vector gammaSum = (Vector)(0.0f);
    Vector betaSum = (Vector)(0.0f);
    for (size_t row = first; row < last; ++row) {
        const Vector g = loadVector(outputGradient + row * columns, lanes);
        const Vector x = loadVector(input + row * columns, lanes);
#if CENTERED
        gammaSum = fma(g, (x - mean[row]) * rstd[row], gammaSum);
        betaSum += g;
#else
        gammaSum = fma(g, x * rstd[row], gammaSum);
#endif
    }
    storeVector(gammaSum, gammaPartials, lanes);
    if (CENTERED) storeVector(betaSum, betaPartials, lanes);
}
