// Functions of two elements, named after the host's BinaryOperation; in place allowed.
//
// output[i] = f(left[i], right[i]), `count` elements, one Vector per work-item.
// Maximum and minimum are NaN if either element is NaN; comparisons give 1 or 0.

#define DEFINE_BINARY(name, expression)                                                           \
    __kernel void binary##name(OUTPUT(float, output), INPUT(float, left), INPUT(float, right),    \
                               const uint count) {                                                \
        OPEN_OUTPUT(float, output);                                                               \
        OPEN_INPUT(float, left);                                                                  \
        OPEN_INPUT(float, right);                                                                 \
        OPEN_ELEMENTS(count);                                                                     \
        const Vector a = loadVector(left + start, lanes);                                         \
        const Vector b = loadVector(right + start, lanes);                                        \
        storeVector(expression, output + start, lanes);                                           \
    }

DEFINE_BINARY(Add, a + b)
DEFINE_BINARY(Subtract, a - b)
DEFINE_BINARY(Multiply, a *b)
DEFINE_BINARY(Divide, a / b)
DEFINE_BINARY(Maximum, largerVector(a, b))
DEFINE_BINARY(Minimum, smallerVector(a, b))
DEFINE_BINARY(Power, pow(a, b))
DEFINE_BINARY(Equal, oneWhere(isequal(a, b)))
DEFINE_BINARY(NotEqual, oneWhere(isnotequal(a, b)))
DEFINE_BINARY(Less, oneWhere(isless(a, b)))
DEFINE_BINARY(LessOrEqual, oneWhere(islessequal(a, b)))
DEFINE_BINARY(Greater, oneWhere(isgreater(a, b)))
DEFINE_BINARY(GreaterOrEqual, oneWhere(isgreaterequal(a, b)))
