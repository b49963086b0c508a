#include "random.h"

#include "kernel_variants.h"
#include "simd.h"

#define WORDS 4
#define ROUNDS 10

typedef uint64_t LongVector __attribute__((ext_vector_type(LANES)));

/// Lanes of two vectors taken in turn: the first and the second halves.
#define TAKE_TURNS_LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define TAKE_TURNS_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31

INLINE void multiply_words(uint32_t factor, UIntVector x, UIntVector *high, UIntVector *low) {
    const LongVector product = __builtin_convertvector(x, LongVector) * (uint64_t)factor;
    *high = __builtin_convertvector(product >> 32, UIntVector);
    *low = __builtin_convertvector(product, UIntVector);
}

/// The 64 words of the blocks `block..<block + 16`, in the order of the stream.
INLINE void random_words(tandem_random_stream stream, uint64_t block, UIntVector *words) {
    LongVector counter;
    UNROLL
    for (int lane = 0; lane < LANES; lane++) counter[lane] = block + (uint64_t)lane;
    UIntVector x0 = __builtin_convertvector(counter, UIntVector);
    UIntVector x1 = __builtin_convertvector(counter >> 32, UIntVector);
    UIntVector x2 = (uint32_t)stream.identifier;
    UIntVector x3 = (uint32_t)(stream.identifier >> 32);
    uint32_t key0 = (uint32_t)stream.seed, key1 = (uint32_t)(stream.seed >> 32);
    UNROLL
    for (int round = 0; round < ROUNDS; round++) {
        UIntVector high0, low0, high2, low2;
        multiply_words(0xD2511F53u, x0, &high0, &low0);
        multiply_words(0xCD9E8D57u, x2, &high2, &low2);
        x0 = high2 ^ x1 ^ key0;
        x1 = low2;
        x2 = high0 ^ x3 ^ key1;
        x3 = low0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    const UIntVector even_low = __builtin_shufflevector(x0, x2, TAKE_TURNS_LOW);
    const UIntVector even_high = __builtin_shufflevector(x0, x2, TAKE_TURNS_HIGH);
    const UIntVector odd_low = __builtin_shufflevector(x1, x3, TAKE_TURNS_LOW);
    const UIntVector odd_high = __builtin_shufflevector(x1, x3, TAKE_TURNS_HIGH);
    words[0] = __builtin_shufflevector(even_low, odd_low, TAKE_TURNS_LOW);
    words[1] = __builtin_shufflevector(even_low, odd_low, TAKE_TURNS_HIGH);
    words[2] = __builtin_shufflevector(even_high, odd_high, TAKE_TURNS_LOW);
    words[3] = __builtin_shufflevector(even_high, odd_high, TAKE_TURNS_HIGH);
}

INLINE void dropout_body(
    tandem_random_stream stream, int64_t first, uint32_t threshold, float scale, const float *input,
    float *output, int64_t count) {
    UIntVector words[WORDS];
    for (int64_t i = 0; i < count; i += WORDS * LANES) {
        random_words(stream, (uint64_t)(first + i) / WORDS, words);
        for (int v = 0; v < WORDS && i + v * LANES < count; v++) {
            const int64_t place = i + v * LANES, rest = count - place;
            const IntVector kept = words[v] >= threshold;
            const FloatVector value = load_some(input + place, rest, 0.0f) * scale;
            store_some(output + place, select_vector(kept, value, (FloatVector)0.0f), rest);
        }
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
