#include "OpenCLKernels.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// To add a kernel file: embed its text here and name it in the list below.

static const char commonText[] = {
#embed "common/common.clh"
    , 0};
static const char vectorsText[] = {
#embed "element_wise/vectors.clh"
    , 0};
static const char unaryText[] = {
#embed "element_wise/unary.cl"
    , 0};
static const char unaryBackwardText[] = {
#embed "element_wise/unary_backward.cl"
    , 0};
static const char binaryText[] = {
#embed "element_wise/binary.cl"
    , 0};
static const char scaledText[] = {
#embed "element_wise/scaled.cl"
    , 0};
static const char copyText[] = {
#embed "movement/copy.cl"
    , 0};

#define SOURCE(name, text) {name, text, sizeof(text) - 1}

static const TandemKernelSource sources[] = {
    SOURCE("common/common.clh", commonText),
    SOURCE("element_wise/vectors.clh", vectorsText),
    SOURCE("element_wise/unary.cl", unaryText),
    SOURCE("element_wise/unary_backward.cl", unaryBackwardText),
    SOURCE("element_wise/binary.cl", binaryText),
    SOURCE("element_wise/scaled.cl", scaledText),
    SOURCE("movement/copy.cl", copyText),
};

const TandemKernelSource *tandemKernelSources(long *count) {
    *count = sizeof(sources) / sizeof(sources[0]);
    return sources;
}
