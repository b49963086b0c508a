#include "random.h"

#include "kernel_variants.h"
#include "simd.h"

#define WORDS 4
#define ROUNDS 10

/// One block of the generator in each lane; of most values only the low half counts.
typedef uint64_t LongVector __attribute__((ext_vector_type(LANES)));
#define LOW_HALF 0xffffffffu

/// Lanes of two vectors taken in turn: the first and the second halves.
#define TAKE_TURNS_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define TAKE_TURNS_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31

/// Product of the low halves. The machine's multiplication takes 32-bit factors out of 64-bit lanes, so the selection of
/// the low half costs nothing.
INLINE LongVector multiply_low_halves(LongVector x, uint32_t factor) {
    return (x & LOW_HALF) * (uint64_t)factor;
}

/// The first word in the low half of each lane, the second in the high half.
INLINE LongVector word_pairs(LongVector first, LongVector second) {
    return (first & LOW_HALF) | second << 32;
}

/// The 64 words of the blocks `block..<block + 16`, in the order of the stream.
INLINE void random_words(tandem_random_stream stream, uint64_t block, UIntVector *words) {
    LongVector x0;
    UNROLL
    for (int lane = 0; lane < LANES; lane++) x0[lane] = block + (uint64_t)lane;
    LongVector x1 = x0 >> 32;
    LongVector x2 = stream.identifier, x3 = stream.identifier >> 32;
    uint32_t key0 = (uint32_t)stream.seed, key1 = (uint32_t)(stream.seed >> 32);
    UNROLL
    for (int round = 0; round < ROUNDS; round++) {
        const LongVector product0 = multiply_low_halves(x0, 0xD2511F53u);
        const LongVector product2 = multiply_low_halves(x2, 0xCD9E8D57u);
        x0 = product2 >> 32 ^ x1 ^ key0;
        x1 = product2;
        x2 = product0 >> 32 ^ x3 ^ key1;
        x3 = product0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    const LongVector first = word_pairs(x0, x1), second = word_pairs(x2, x3);
    const LongVector low = __builtin_shufflevector(first, second, TAKE_TURNS_LOW);
    const LongVector high = __builtin_shufflevector(first, second, TAKE_TURNS_HIGH);
    memcpy(words, &low, sizeof low);
    memcpy(words + WORDS / 2, &high, sizeof high);
}

INLINE FloatVector
dropped(FloatVector x, UIntVector words, uint32_t threshold, float scale) {
    const IntVector kept = words >= threshold;
    return select_vector(kept, x * scale, (FloatVector)0.0f);
}

INLINE void dropout_body(
    tandem_random_stream stream, int64_t first, uint32_t threshold, float scale, const float *input,
    float *output, int64_t count) {
    UIntVector words[WORDS];
    uint64_t block = (uint64_t)first / WORDS;
    int64_t i = 0;
    for (; i + WORDS * LANES <= count; i += WORDS * LANES, block += LANES) {
        random_words(stream, block, words);
        UNROLL
        for (int v = 0; v < WORDS; v++) {
            const FloatVector x = load_vector(input + i + v * LANES);
            store_vector(output + i + v * LANES, dropped(x, words[v], threshold, scale));
        }
    }
    if (i == count) return;
    random_words(stream, block, words);
    for (int v = 0; i < count; v++, i += LANES) {
        const FloatVector x = load_some(input + i, count - i, 0.0f);
        store_some(output + i, dropped(x, words[v], threshold, scale), count - i);
    }
}

TANDEM_DEFINE_KERNEL(
    dropout,
    (tandem_random_stream stream, int64_t first, uint32_t threshold, float scale,
     const float *input, float *output, int64_t count),
    (stream, first, threshold, scale, input, output, count))

INLINE void random_uniform_body(
    tandem_random_stream stream, int64_t first, float *output, int64_t count) {
    UIntVector words[WORDS];
    for (int64_t i = 0; i < count; i += WORDS * LANES) {
        random_words(stream, (uint64_t)(first + i) / WORDS, words);
        for (int v = 0; v < WORDS && i + v * LANES < count; v++) {
            const int64_t place = i + v * LANES;
            const FloatVector value =
                __builtin_convertvector((IntVector)(words[v] >> 8), FloatVector);
            store_some(output + place, value * 5.9604644775390625e-8f, count - place);
        }
    }
}

TANDEM_DEFINE_KERNEL(
    random_uniform, (tandem_random_stream stream, int64_t first, float *output, int64_t count),
    (stream, first, output, count))
