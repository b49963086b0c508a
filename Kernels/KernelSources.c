#include "TandemOpenCLKernels.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

// To add a kernel file: embed its text here and name it in the list below.

static const char commonCommon[] = {
#embed "common/common.clh"
    , 0};
static const char elementWiseVectors[] = {
#embed "element_wise/vectors.clh"
    , 0};
static const char elementWiseBinary[] = {
#embed "element_wise/binary.cl"
    , 0};
static const char elementWiseBroadcast[] = {
#embed "element_wise/broadcast.cl"
    , 0};
static const char elementWiseScaled[] = {
#embed "element_wise/scaled.cl"
    , 0};
static const char elementWiseSelect[] = {
#embed "element_wise/select.cl"
    , 0};
static const char elementWiseUnary[] = {
#embed "element_wise/unary.cl"
    , 0};
static const char elementWiseUnaryBackward[] = {
#embed "element_wise/unary_backward.cl"
    , 0};
static const char gruGruBias[] = {
#embed "gru/gru_bias.cl"
    , 0};
static const char gruGruCpu[] = {
#embed "gru/gru_cpu.cl"
    , 0};
static const char gruGruGpu[] = {
#embed "gru/gru_gpu.cl"
    , 0};
static const char matmulMatmulCpu[] = {
#embed "matmul/matmul_cpu.cl"
    , 0};
static const char matmulMatmulGpu[] = {
#embed "matmul/matmul_gpu.cl"
    , 0};
static const char matmulPackCpu[] = {
#embed "matmul/pack_cpu.cl"
    , 0};
static const char movementCopy[] = {
#embed "movement/copy.cl"
    , 0};
static const char movementNeighboursCpu[] = {
#embed "movement/neighbours_cpu.cl"
    , 0};
static const char movementNeighboursGpu[] = {
#embed "movement/neighbours_gpu.cl"
    , 0};
static const char movementRows[] = {
#embed "movement/rows.cl"
    , 0};
static const char movementScatterCpu[] = {
#embed "movement/scatter_cpu.cl"
    , 0};
static const char movementScatterGpu[] = {
#embed "movement/scatter_gpu.cl"
    , 0};
static const char movementTransposeCpu[] = {
#embed "movement/transpose_cpu.cl"
    , 0};
static const char movementTransposeGpu[] = {
#embed "movement/transpose_gpu.cl"
    , 0};
static const char normalizationL2Cpu[] = {
#embed "normalization/l2_cpu.cl"
    , 0};
static const char normalizationL2Gpu[] = {
#embed "normalization/l2_gpu.cl"
    , 0};
static const char normalizationLayerNormCpu[] = {
#embed "normalization/layer_norm_cpu.cl"
    , 0};
static const char normalizationLayerNormGpu[] = {
#embed "normalization/layer_norm_gpu.cl"
    , 0};
static const char normalizationLayerNormParameters[] = {
#embed "normalization/layer_norm_parameters.cl"
    , 0};
static const char normalizationSoftmaxColumns[] = {
#embed "normalization/softmax_columns.cl"
    , 0};
static const char normalizationSoftmaxCpu[] = {
#embed "normalization/softmax_cpu.cl"
    , 0};
static const char normalizationSoftmaxGpu[] = {
#embed "normalization/softmax_gpu.cl"
    , 0};
static const char optimizersClipCpu[] = {
#embed "optimizers/clip_cpu.cl"
    , 0};
static const char optimizersClipGpu[] = {
#embed "optimizers/clip_gpu.cl"
    , 0};
static const char optimizersSteps[] = {
#embed "optimizers/steps.cl"
    , 0};
static const char randomPhilox[] = {
#embed "random/philox.cl"
    , 0};
static const char rankingRankingCpu[] = {
#embed "ranking/ranking_cpu.cl"
    , 0};
static const char rankingRankingGpu[] = {
#embed "ranking/ranking_gpu.cl"
    , 0};
static const char reductionsArguments[] = {
#embed "reductions/arguments.cl"
    , 0};
static const char reductionsColumns[] = {
#embed "reductions/columns.cl"
    , 0};
static const char reductionsRowsCpu[] = {
#embed "reductions/rows_cpu.cl"
    , 0};
static const char reductionsRowsGpu[] = {
#embed "reductions/rows_gpu.cl"
    , 0};

#define SOURCE(name, text) {name, text, sizeof(text) - 1}

static const TandemKernelSource sources[] = {
    SOURCE("common/common.clh", commonCommon),
    SOURCE("element_wise/vectors.clh", elementWiseVectors),
    SOURCE("element_wise/binary.cl", elementWiseBinary),
    SOURCE("element_wise/broadcast.cl", elementWiseBroadcast),
    SOURCE("element_wise/scaled.cl", elementWiseScaled),
    SOURCE("element_wise/select.cl", elementWiseSelect),
    SOURCE("element_wise/unary.cl", elementWiseUnary),
    SOURCE("element_wise/unary_backward.cl", elementWiseUnaryBackward),
    SOURCE("gru/gru_bias.cl", gruGruBias),
    SOURCE("gru/gru_cpu.cl", gruGruCpu),
    SOURCE("gru/gru_gpu.cl", gruGruGpu),
    SOURCE("matmul/matmul_cpu.cl", matmulMatmulCpu),
    SOURCE("matmul/matmul_gpu.cl", matmulMatmulGpu),
    SOURCE("matmul/pack_cpu.cl", matmulPackCpu),
    SOURCE("movement/copy.cl", movementCopy),
    SOURCE("movement/neighbours_cpu.cl", movementNeighboursCpu),
    SOURCE("movement/neighbours_gpu.cl", movementNeighboursGpu),
    SOURCE("movement/rows.cl", movementRows),
    SOURCE("movement/scatter_cpu.cl", movementScatterCpu),
    SOURCE("movement/scatter_gpu.cl", movementScatterGpu),
    SOURCE("movement/transpose_cpu.cl", movementTransposeCpu),
    SOURCE("movement/transpose_gpu.cl", movementTransposeGpu),
    SOURCE("normalization/l2_cpu.cl", normalizationL2Cpu),
    SOURCE("normalization/l2_gpu.cl", normalizationL2Gpu),
    SOURCE("normalization/layer_norm_cpu.cl", normalizationLayerNormCpu),
    SOURCE("normalization/layer_norm_gpu.cl", normalizationLayerNormGpu),
    SOURCE("normalization/layer_norm_parameters.cl", normalizationLayerNormParameters),
    SOURCE("normalization/softmax_columns.cl", normalizationSoftmaxColumns),
    SOURCE("normalization/softmax_cpu.cl", normalizationSoftmaxCpu),
    SOURCE("normalization/softmax_gpu.cl", normalizationSoftmaxGpu),
    SOURCE("optimizers/clip_cpu.cl", optimizersClipCpu),
    SOURCE("optimizers/clip_gpu.cl", optimizersClipGpu),
    SOURCE("optimizers/steps.cl", optimizersSteps),
    SOURCE("random/philox.cl", randomPhilox),
    SOURCE("ranking/ranking_cpu.cl", rankingRankingCpu),
    SOURCE("ranking/ranking_gpu.cl", rankingRankingGpu),
    SOURCE("reductions/arguments.cl", reductionsArguments),
    SOURCE("reductions/columns.cl", reductionsColumns),
    SOURCE("reductions/rows_cpu.cl", reductionsRowsCpu),
    SOURCE("reductions/rows_gpu.cl", reductionsRowsGpu),
};

const TandemKernelSource *tandemKernelSources(long *count) {
    *count = sizeof(sources) / sizeof(sources[0]);
    return sources;
}
