// SGEMM by OpenBLAS with its own threads, called directly. Build: see Benchmarks/run.
#include "report.h"
#include <cblas.h>

typedef struct {
    const MatmulCase *shape;
    float *a, *b, *c;
} Product;

static void multiply(void *context) {
    const Product *p = context;
    const MatmulCase *s = p->shape;
    bool transposeA = s->form[0] == 't', transposeB = s->form[1] == 't';
    cblas_sgemm(CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
                transposeB ? CblasTrans : CblasNoTrans, s->m, s->n, s->k, 1.0f, p->a,
                transposeA ? s->m : s->k, p->b, transposeB ? s->k : s->n, 0.0f, p->c, s->n);
}

static void runCase(const Options *options, const MatmulCase *shape, bool first) {
    size_t m = (size_t)shape->m, n = (size_t)shape->n, k = (size_t)shape->k;
    Product p = {shape, malloc(m * k * 4), malloc(k * n * 4), malloc(m * n * 4)};
    if (!p.a || !p.b || !p.c) fail("cblas_matmul", "out of memory", NULL);
    fillUniform(p.a, m * k, 1);
    fillUniform(p.b, k * n, 2);
    Timing timing = timeCalls(options, multiply, &p);
    char implementation[128];
    snprintf(implementation, sizeof implementation, "OpenBLAS (%s core)", openblas_get_corename());
    printMatmulRow(options, first, implementation, "cpu", shape, timing,
                   matmulError(shape, p.a, p.b, p.c));
    free(p.a), free(p.b), free(p.c);
}

int main(int count, char **arguments) {
    Options options = parseOptions(count, arguments);
    openblas_set_num_threads(options.threads);
    printHead(&options, "matmul", "cpu", openblas_get_config());
    bool first = true;
    for (size_t s = 0; s < sizeof matmulShapes / sizeof *matmulShapes; s++)
        for (size_t f = 0; f < sizeof matmulForms / sizeof *matmulForms; f++) {
            const int *d = matmulShapes[s];
            MatmulCase shape = {d[0], d[1], d[2], matmulForms[f]};
            if (!selectCase(&options, &shape)) continue;
            runCase(&options, &shape, first);
            first = false;
        }
    printTail();
    return 0;
}
