// SGEMM by CLBlast on an OpenCL device ("--device PLATFORM.DEVICE", default 0.0). Every timed call
// ends with clFinish. Build: see Benchmarks/run.
#define CL_TARGET_OPENCL_VERSION 120
#include "report.h"
#include <clblast_c.h>

typedef struct {
    const MatmulCase *shape;
    cl_command_queue queue;
    cl_mem a, b, c;
} Product;

static void check(int status, const char *what) {
    char code[32];
    snprintf(code, sizeof code, "%d", status);
    if (status != 0) fail("clblast_matmul", what, code);
}

static void multiply(void *context) {
    Product *p = context;
    const MatmulCase *s = p->shape;
    bool transposeA = s->form[0] == 't', transposeB = s->form[1] == 't';
    size_t m = (size_t)s->m, n = (size_t)s->n, k = (size_t)s->k;
    check(CLBlastSgemm(CLBlastLayoutRowMajor, transposeA ? CLBlastTransposeYes : CLBlastTransposeNo,
                       transposeB ? CLBlastTransposeYes : CLBlastTransposeNo, m, n, k, 1.0f, p->a, 0,
                       transposeA ? m : k, p->b, 0, transposeB ? k : n, 0.0f, p->c, 0, n, &p->queue,
                       NULL),
          "CLBlastSgemm failed with status");
    check(clFinish(p->queue), "clFinish failed with status");
}

static cl_mem upload(cl_context context, const float *values, size_t count) {
    cl_int status;
    cl_mem buffer = clCreateBuffer(context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, count * 4,
                                   (void *)values, &status);
    check(status, "clCreateBuffer failed with status");
    return buffer;
}

static void runCase(const Options *options, cl_context context, cl_command_queue queue,
                    const MatmulCase *shape, bool first) {
    size_t m = (size_t)shape->m, n = (size_t)shape->n, k = (size_t)shape->k;
    float *a = malloc(m * k * 4), *b = malloc(k * n * 4), *c = calloc(m * n, 4);
    if (!a || !b || !c) fail("clblast_matmul", "out of memory", NULL);
    fillUniform(a, m * k, 1);
    fillUniform(b, k * n, 2);
    Product p = {shape, queue, upload(context, a, m * k), upload(context, b, k * n),
                 upload(context, c, m * n)};
    Timing timing = timeCalls(options, multiply, &p);
    check(clEnqueueReadBuffer(queue, p.c, CL_TRUE, 0, m * n * 4, c, 0, NULL, NULL),
          "clEnqueueReadBuffer failed with status");
    char device[64];
    snprintf(device, sizeof device, "opencl:%s", options->device);
    printMatmulRow(options, first, "CLBlast", device, shape, timing, matmulError(shape, a, b, c));
    clReleaseMemObject(p.a), clReleaseMemObject(p.b), clReleaseMemObject(p.c);
    free(a), free(b), free(c);
}

static cl_device_id findDevice(const char *name) {
    unsigned platform, device;
    if (sscanf(name, "%u.%u", &platform, &device) != 2 || platform >= 16 || device >= 64)
        fail("clblast_matmul", "--device wants PLATFORM.DEVICE", name);
    cl_platform_id platforms[16];
    cl_device_id devices[64];
    cl_uint count = 0;
    if (clGetPlatformIDs(16, platforms, &count) != CL_SUCCESS || platform >= count)
        fail("clblast_matmul", "no such OpenCL platform", name);
    if (clGetDeviceIDs(platforms[platform], CL_DEVICE_TYPE_ALL, 64, devices, &count) != CL_SUCCESS
        || device >= count)
        fail("clblast_matmul", "no such OpenCL device", name);
    return devices[device];
}

int main(int count, char **arguments) {
    Options options = parseOptions(count, arguments);
    cl_device_id device = findDevice(options.device);
    cl_int status;
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &status);
    check(status, "clCreateContext failed with status");
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, &status);
    check(status, "clCreateCommandQueue failed with status");
    char name[256] = "", driver[256] = "";
    clGetDeviceInfo(device, CL_DEVICE_NAME, sizeof name, name, NULL);
    clGetDeviceInfo(device, CL_DRIVER_VERSION, sizeof driver, driver, NULL);
    printHead(&options, "matmul", name, driver);
    bool first = true;
    for (size_t s = 0; s < sizeof matmulShapes / sizeof *matmulShapes; s++)
        for (size_t f = 0; f < sizeof matmulForms / sizeof *matmulForms; f++) {
            const int *d = matmulShapes[s];
            MatmulCase shape = {d[0], d[1], d[2], matmulForms[f]};
            if (!selectCase(&options, &shape)) continue;
            runCase(&options, context, queue, &shape, first);
            first = false;
        }
    printTail();
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
    return 0;
}
