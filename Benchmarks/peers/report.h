// What the C peers share: options, clock, the matmul cases, a double-precision check, the JSON rows.
#pragma once
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { maximumRuns = 1000, checkedRows = 16 };

typedef struct {
    int threads;        // 0: all cores
    int runs;           // timed calls of a case, at most
    double budget;      // seconds after which a case stops, once it has three timed calls
    double peak;        // measured GFLOP/s of the machine, 0 when unknown
    const char *filter; // case name or its shape; NULL: every case
    const char *device; // "P.D" for OpenCL
} Options;

typedef struct {
    int m, n, k;
    const char *form; // nn: A*B, nt: A*B^T, tn: A^T*B
} MatmulCase;

static const int matmulShapes[][3] = {
    {512, 512, 512}, {1024, 1024, 1024}, {2048, 2048, 2048}, {32, 1536, 512}, {3200, 1536, 768},
};
static const char *const matmulForms[] = {"nn", "nt", "tn"};

typedef struct {
    double median, minimum;
    int runs;
} Timing;

static inline double secondsNow(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static inline void fail(const char *program, const char *message, const char *value) {
    fprintf(stderr, "%s: %s%s%s\n", program, message, value ? ": " : "", value ? value : "");
    exit(1);
}

static inline Options parseOptions(int count, char **arguments) {
    Options options = {0, 20, 3.0, 0, NULL, "0.0"};
    for (int i = 1; i < count; i += 2) {
        const char *name = arguments[i];
        const char *value = i + 1 < count ? arguments[i + 1] : NULL;
        if (!value) fail(arguments[0], "missing value", name);
        if (!strcmp(name, "--threads")) options.threads = atoi(value);
        else if (!strcmp(name, "--runs")) options.runs = atoi(value);
        else if (!strcmp(name, "--budget")) options.budget = atof(value);
        else if (!strcmp(name, "--peak")) options.peak = atof(value);
        else if (!strcmp(name, "--case")) options.filter = value;
        else if (!strcmp(name, "--device")) options.device = value;
        else fail(arguments[0], "unknown option", name);
    }
    if (options.threads < 1) options.threads = (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (options.runs < 1) options.runs = 1;
    if (options.runs > maximumRuns) options.runs = maximumRuns;
    return options;
}

static inline bool selectCase(const Options *options, const MatmulCase *c) {
    char shape[64], name[80];
    snprintf(shape, sizeof shape, "%dx%dx%d", c->m, c->n, c->k);
    snprintf(name, sizeof name, "%s-%s", shape, c->form);
    return !options->filter || !strcmp(options->filter, shape) || !strcmp(options->filter, name);
}

// Uniform in [-1, 1), the same numbers in every run.
static inline void fillUniform(float *values, size_t count, uint32_t seed) {
    uint32_t state = seed * 2654435761u + 1u;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        values[i] = (float)(state >> 8) * (2.0f / 16777216.0f) - 1.0f;
    }
}

// max|c - ref| / max|ref| over evenly spaced rows, ref in double.
static inline double matmulError(
    const MatmulCase *c, const float *a, const float *b, const float *result) {
    bool transposeA = c->form[0] == 't', transposeB = c->form[1] == 't';
    int rows = c->m < checkedRows ? c->m : checkedRows;
    double worst = 0, largest = 0;
    double *reference = malloc(sizeof(double) * (size_t)c->n);
    if (!reference) return NAN;
    for (int r = 0; r < rows; r++) {
        size_t i = rows == 1 ? 0 : (size_t)r * (size_t)(c->m - 1) / (size_t)(rows - 1);
        memset(reference, 0, sizeof(double) * (size_t)c->n);
        for (size_t k = 0; k < (size_t)c->k; k++) {
            double left = transposeA ? a[k * (size_t)c->m + i] : a[i * (size_t)c->k + k];
            for (size_t j = 0; j < (size_t)c->n; j++)
                reference[j] +=
                    left * (transposeB ? b[j * (size_t)c->k + k] : b[k * (size_t)c->n + j]);
        }
        for (size_t j = 0; j < (size_t)c->n; j++) {
            double difference = fabs(result[i * (size_t)c->n + j] - reference[j]);
            if (!(difference <= worst)) worst = difference;
            if (fabs(reference[j]) > largest) largest = fabs(reference[j]);
        }
    }
    free(reference);
    return worst / largest;
}

static inline int compareDoubles(const void *left, const void *right) {
    double l = *(const double *)left, r = *(const double *)right;
    return (l > r) - (l < r);
}

// Two warm-up calls, then at most `runs` timed ones within the budget (at least three).
static inline Timing timeCalls(const Options *options, void (*call)(void *), void *context) {
    static double seconds[maximumRuns];
    call(context);
    call(context);
    double begin = secondsNow();
    int runs = 0;
    while (runs < options->runs && (runs < 3 || secondsNow() - begin < options->budget)) {
        double start = secondsNow();
        call(context);
        seconds[runs++] = secondsNow() - start;
    }
    qsort(seconds, (size_t)runs, sizeof(double), compareDoubles);
    double median = (seconds[(runs - 1) / 2] + seconds[runs / 2]) / 2;
    return (Timing){median, seconds[0], runs};
}

static inline void printString(const char *text) {
    putchar('"');
    for (; *text; text++)
        if ((unsigned char)*text >= 0x20) {
            if (*text == '"' || *text == '\\') putchar('\\');
            putchar(*text);
        }
    putchar('"');
}

static inline void cpuName(char *name, size_t size) {
    snprintf(name, size, "unknown");
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[512];
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, "model name", 10)) {
            char *value = strchr(line, ':');
            if (value) snprintf(name, size, "%s", value + 2);
            name[strcspn(name, "\n")] = 0;
            break;
        }
    if (file) fclose(file);
}

static inline void printHead(
    const Options *options, const char *benchmark, const char *device, const char *driver) {
    char cpu[256];
    cpuName(cpu, sizeof cpu);
    printf("{\"benchmark\": \"%s\", \"machine\": {\"cpu\": ", benchmark);
    printString(cpu);
    printf(", \"cores\": %ld, \"threads\": %d, \"device\": ", sysconf(_SC_NPROCESSORS_ONLN),
           options->threads);
    printString(device);
    printf(", \"driver\": ");
    printString(driver);
    if (options->peak > 0) printf(", \"measured_peak_gflops\": %.1f", options->peak);
    else printf(", \"measured_peak_gflops\": null");
    printf("},\n \"results\": [");
}

static inline void printMatmulRow(
    const Options *options, bool first, const char *implementation, const char *device,
    const MatmulCase *c, Timing timing, double error) {
    double gflops = 2.0 * c->m * c->n * c->k / timing.median / 1e9;
    printf("%s\n  {\"implementation\": ", first ? "" : ",");
    printString(implementation);
    printf(", \"device\": \"%s\", \"case\": \"%dx%dx%d-%s\", \"shape\": \"%dx%dx%d\", "
           "\"median_seconds\": %.9f, \"min_seconds\": %.9f, \"runs\": %d, \"gflops\": %.2f, ",
           device, c->m, c->n, c->k, c->form, c->m, c->n, c->k, timing.median, timing.minimum,
           timing.runs, gflops);
    if (options->peak > 0) printf("\"fraction_of_peak\": %.4f, ", gflops / options->peak);
    else printf("\"fraction_of_peak\": null, ");
    printf("\"max_relative_error\": %.3e}", error);
    fflush(stdout);
}

static inline void printTail(void) { printf("\n ]}\n"); }
