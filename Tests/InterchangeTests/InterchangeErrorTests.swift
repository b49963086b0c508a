import Interchange
import Testing

@Suite struct InterchangeErrorTests {
    @Test func namesTheFile() {
        let error = InterchangeError.malformed(path: "a.onnx", problem: "empty")
        #expect(error.description == "a.onnx: empty")
    }
}
