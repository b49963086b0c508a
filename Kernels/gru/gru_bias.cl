// Both profiles: the last step of the GRU's bias gradients.
//
// gruAddBiasGradients: biasInput [3H] += (dr, dz, dn) and biasHidden [3H] += (dr, dz, dn r), each
// summed over the groups' partials in ascending order.
//     0, 1 biasInput float in/out   2, 3 biasHidden float in/out
//     4, 5 partials float in [groups][4H], from gruBackward   6 groups uint   7 hidden (H) uint
// Global size: at least 3H, any local size.
__kernel void gruAddBiasGradients(
    OUTPUT(float, biasInput), OUTPUT(float, biasHidden), INPUT(float, partials),
    const uint groups, const uint hidden
) {
    const size_t j = get_global_id(0);
    if (j >= 3 * hidden) return;
    OPEN_OUTPUT(float, biasInput);
    OPEN_OUTPUT(float, biasHidden);
    OPEN_INPUT(float, partials);
    const size_t last = j < 2 * hidden ? j : j + hidden;
    float input = 0.0f, recurrent = 0.0f;
    for (uint group = 0; group < groups; ++group) {
        input += partials[(size_t)group * 4 * hidden + j];
        recurrent += partials[(size_t)group * 4 * hidden + last];
    }
    biasInput[j] += input;
    biasHidden[j] += recurrent;
}
