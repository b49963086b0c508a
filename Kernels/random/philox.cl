// Random numbers and dropout from the counter-based generator Philox 4x32-10.
//
// Word i of a stream is word i % 4 of the block with counter (low(i / 4), high(i / 4), identifier
// low, identifier high) and key (seed low, seed high); arguments `identifier` and `seed` as uint2.
// Arrays of `count` elements; a work-item handles SPAN consecutive elements.

#ifdef TANDEM_PROFILE_CPU

// Sixteen blocks side by side fill the registers of a processor.
#define SPAN 64

static uint16 highProduct(uint factor, uint16 x) {
    return convert_uint16((convert_ulong16(x) * (ulong16)(factor)) >> (ulong16)(32));
}

#define INTERLEAVED(a, b, c, d)                                                                   \
    (uint16)(w0.a, w1.a, w2.a, w3.a, w0.b, w1.b, w2.b, w3.b, w0.c, w1.c, w2.c, w3.c, w0.d, w1.d,  \
             w2.d, w3.d)

// The words of 16 blocks from `block` on, in the order of the stream.
static void philoxWords(uint16 *words, ulong block, uint2 identifier, uint2 seed) {
    const ulong16 lane = (ulong16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const ulong16 index = block + lane;
    uint16 w0 = convert_uint16(index & (ulong16)(0xFFFFFFFFul));
    uint16 w1 = convert_uint16(index >> (ulong16)(32));
    uint16 w2 = (uint16)(identifier.x);
    uint16 w3 = (uint16)(identifier.y);
    uint2 key = seed;
    for (uint round = 0; round < 10; ++round) {
        const uint16 high0 = highProduct(0xD2511F53u, w0);
        const uint16 high1 = highProduct(0xCD9E8D57u, w2);
        const uint16 low0 = 0xD2511F53u * w0;
        const uint16 low1 = 0xCD9E8D57u * w2;
        w0 = high1 ^ w1 ^ key.x;
        w1 = low1;
        w2 = high0 ^ w3 ^ key.y;
        w3 = low0;
        key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
    }
    words[0] = INTERLEAVED(s0, s1, s2, s3);
    words[1] = INTERLEAVED(s4, s5, s6, s7);
    words[2] = INTERLEAVED(s8, s9, sa, sb);
    words[3] = INTERLEAVED(sc, sd, se, sf);
}

#define Words uint16
#define TO_FLOATS convert_float16

#else

#define SPAN 4
#define Words uint4
#define TO_FLOATS convert_float4

static void philoxWords(uint4 *words, ulong block, uint2 identifier, uint2 seed) {
    words[0] = philox((uint4)((uint)block, (uint)(block >> 32), identifier), seed);
}

#endif

// output[i] = word(i) >= threshold ? scale * input[i] : 0; in place allowed.
__kernel void dropout(OUTPUT(float, output), INPUT(float, input), const uint count,
                      const uint threshold, const float scale, const uint2 identifier,
                      const uint2 seed) {
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, input);
    const size_t first = get_global_id(0) * SPAN;
    if (first >= count) return;
    Words words[SPAN / WIDTH];
    philoxWords(words, first / 4, identifier, seed);
    for (uint i = 0; i < SPAN / WIDTH && first + i * WIDTH < count; ++i) {
        const size_t start = first + i * WIDTH;
        const uint lanes = ownedLanes(start, count);
        const Vector kept = scale * loadVector(input + start, lanes);
        const Vector y = select((Vector)(0.0f), kept, words[i] >= (Words)(threshold));
        storeVector(y, output + start, lanes);
    }
}

// output[i] = (word(i) >> 8) * 2^-24, uniform in [0, 1).
__kernel void randomUniform(OUTPUT(float, output), const uint count, const uint2 identifier,
                            const uint2 seed) {
    OPEN_OUTPUT(float, output);
    const size_t first = get_global_id(0) * SPAN;
    if (first >= count) return;
    Words words[SPAN / WIDTH];
    philoxWords(words, first / 4, identifier, seed);
    for (uint i = 0; i < SPAN / WIDTH && first + i * WIDTH < count; ++i) {
        const size_t start = first + i * WIDTH;
        const Vector y = TO_FLOATS(words[i] >> 8) * 0x1.0p-24f;
        storeVector(y, output + start, ownedLanes(start, count));
    }
}
