// Functions of one element: output[i] = f(input[i]), arrays of `count` elements, in place allowed.
//
// One kernel per function, named after the host's UnaryOperation. One Vector per work-item.
// Numerics: the functions of common.clh; relu keeps NaN; softplus as max(x, 0) + log1p(e^-|x|), where
// log1p(e) = log(u) * e / (u - 1) with u = 1 + e rounded (Higham, "Accuracy and Stability of Numerical
// Algorithms", section 1.14.1), because compilers make vectors of log but not of log1p.

static Vector softplus(Vector x) {
    const Vector e = exp(-fabs(x));
    const Vector u = (Vector)(1.0f) + e;
    const Vector tail = log(u) * (e / (u - (Vector)(1.0f)));
    const Vector y = fmax(x, (Vector)(0.0f)) + select(tail, e, isequal(u, (Vector)(1.0f)));
    return select(y, x, isnan(x));
}

#define DEFINE_UNARY(name, expression)                                                            \
    __kernel void name(OUTPUT(float, output), INPUT(float, input), const uint count) {            \
        OPEN_OUTPUT(float, output);                                                               \
        OPEN_INPUT(float, input);                                                                 \
        OPEN_ELEMENTS(count);                                                                     \
        const Vector x = loadVector(input + start, lanes);                                        \
        storeVector(expression, output + start, lanes);                                           \
    }

DEFINE_UNARY(unaryNegate, -x)
DEFINE_UNARY(unaryExponential, exp(x))
DEFINE_UNARY(unaryLogarithm, log(x))
DEFINE_UNARY(unarySquareRoot, sqrt(x))
DEFINE_UNARY(unarySquare, x *x)
DEFINE_UNARY(unaryReciprocal, (Vector)(1.0f) / x)
DEFINE_UNARY(unaryAbsolute, fabs(x))
DEFINE_UNARY(unaryRelu, reluVector(x))
DEFINE_UNARY(unarySigmoid, sigmoidVector(x))
DEFINE_UNARY(unaryTanh, tanhVector(x))
DEFINE_UNARY(unaryGelu, geluVector(x))
DEFINE_UNARY(unarySoftplus, softplus(x))
DEFINE_UNARY(unarySilu, x *sigmoidVector(x))
DEFINE_UNARY(unarySine, sineVector(x, 0))
DEFINE_UNARY(unaryCosine, sineVector(x, 1))
DEFINE_UNARY(unarySign, signVector(x))
