// output = condition != 0 ? ifTrue : ifFalse, operands with any strides; a NaN is not 0.
//
// Dimension 0 over the vectors of a row of the result, dimension 1 over its rows.
__kernel void selectStrided(OUTPUT(float, output), INPUT(float, condition), INPUT(float, ifTrue),
                            INPUT(float, ifFalse), SHAPE, const uint8 conditionStrides,
                            const uint8 trueStrides, const uint8 falseStrides) {
    OPEN_OUTPUT(float, output);
    OPEN_INPUT(float, condition);
    OPEN_INPUT(float, ifTrue);
    OPEN_INPUT(float, ifFalse);
    OPEN_MATRIX(rows, columns) {
        const Vector c = LOAD_STRIDED(condition, conditionStrides);
        const Vector yes = LOAD_STRIDED(ifTrue, trueStrides);
        const Vector no = LOAD_STRIDED(ifFalse, falseStrides);
        const Vector chosen = select(no, yes, isnotequal(c, (Vector)(0.0f)));
        storeVector(chosen, output + row * columns + start, lanes);
    }
}
