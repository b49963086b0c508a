// Gradients of the functions of one element: inputGradient[i] = g[i] * f'(x[i]), `count` elements.
//
// x is the input of the forward call, y its output, g the gradient of the output; inputGradient may
// be g itself. One kernel per function, one Vector per work-item. The kernel reads only those of x
// and y that its formula needs.

#define DEFINE_UNARY_BACKWARD(name, declaration, expression)                                      \
    __kernel void name(OUTPUT(float, inputGradient), INPUT(float, input), INPUT(float, output),   \
                       INPUT(float, outputGradient), const uint count) {                          \
        OPEN_OUTPUT(float, inputGradient);                                                        \
        OPEN_INPUT(float, input);                                                                 \
        OPEN_INPUT(float, output);                                                                \
        OPEN_INPUT(float, outputGradient);                                                        \
        OPEN_ELEMENTS(count);                                                                     \
        const Vector g = loadVector(outputGradient + start, lanes);                               \
        declaration;                                                                              \
        storeVector(expression, inputGradient + start, lanes);                                    \
    }

#define FROM_INPUT const Vector x = loadVector(input + start, lanes)
#define FROM_OUTPUT const Vector y = loadVector(output + start, lanes)
#define FROM_GRADIENT

static Vector siluSlope(Vector x) {
    const Vector s = sigmoidVector(x);
    return s * ((Vector)(1.0f) + x * ((Vector)(1.0f) - s));
}

DEFINE_UNARY_BACKWARD(backwardNegate, FROM_GRADIENT, -g)
DEFINE_UNARY_BACKWARD(backwardExponential, FROM_OUTPUT, g *y)
DEFINE_UNARY_BACKWARD(backwardLogarithm, FROM_INPUT, g / x)
DEFINE_UNARY_BACKWARD(backwardSquareRoot, FROM_OUTPUT, (Vector)(0.5f) * g / y)
DEFINE_UNARY_BACKWARD(backwardSquare, FROM_INPUT, (Vector)(2.0f) * g * x)
DEFINE_UNARY_BACKWARD(backwardReciprocal, FROM_OUTPUT, -g *y *y)
DEFINE_UNARY_BACKWARD(backwardAbsolute, FROM_INPUT, g *signVector(x))
DEFINE_UNARY_BACKWARD(
    backwardRelu, FROM_INPUT, select(g, (Vector)(0.0f), islessequal(x, (Vector)(0.0f))))
DEFINE_UNARY_BACKWARD(backwardSigmoid, FROM_OUTPUT, g *sigmoidSlopeVector(y))
DEFINE_UNARY_BACKWARD(backwardTanh, FROM_OUTPUT, g *tanhSlopeVector(y))
DEFINE_UNARY_BACKWARD(backwardGelu, FROM_INPUT, g *geluSlopeVector(x))
DEFINE_UNARY_BACKWARD(backwardSoftplus, FROM_INPUT, g *sigmoidVector(x))
DEFINE_UNARY_BACKWARD(backwardSilu, FROM_INPUT, g *siluSlope(x))
DEFINE_UNARY_BACKWARD(backwardSine, FROM_INPUT, g *sineVector(x, 1))
DEFINE_UNARY_BACKWARD(backwardCosine, FROM_INPUT, -g *sineVector(x, 0))
DEFINE_UNARY_BACKWARD(backwardSign, FROM_GRADIENT, (Vector)(0.0f))
