import TandemBasics
import TandemCOpenCL
import FoundationEssentials
import Testing

@testable import TandemDevices

@Suite struct OpenCLStatusTests {
    @Test(arguments: [
        (Int32(0), "CL_SUCCESS"), (-4, "CL_MEM_OBJECT_ALLOCATION_FAILURE"),
        (-5, "CL_OUT_OF_RESOURCES"), (-11, "CL_BUILD_PROGRAM_FAILURE"),
        (-19, "CL_KERNEL_ARG_INFO_NOT_AVAILABLE"), (-30, "CL_INVALID_VALUE"),
        (-54, "CL_INVALID_WORK_GROUP_SIZE"), (-61, "CL_INVALID_BUFFER_SIZE"),
        (-63, "CL_INVALID_GLOBAL_WORK_SIZE"), (-68, "CL_INVALID_DEVICE_PARTITION_COUNT"),
        (-72, "CL_MAX_SIZE_RESTRICTION_EXCEEDED"), (-1001, "CL_PLATFORM_NOT_FOUND_KHR"),
        (-20, "CL_UNKNOWN_ERROR_-20"), (-500, "CL_UNKNOWN_ERROR_-500"), (7, "CL_UNKNOWN_ERROR_7"),
        (.min, "CL_UNKNOWN_ERROR_-2147483648"),
    ])
    func namesCodes(_ code: Int32, _ name: String) {
        #expect(OpenCLStatus.name(code) == name)
    }
}

/// The runtime itself, on the first OpenCL device in both layouts of the kernels.
@Suite(.enabled(if: OpenCLTestDevice.isPresent, "no OpenCL driver is installed"))
struct OpenCLRuntimeTests {
    @Test(arguments: [KernelProfile.cpu, .gpu, .nvidia])
    func runsKernelsInEveryProfile(_ profile: KernelProfile) throws {
        var options = OpenCLOptions()
        options.profile = profile
        let device = try OpenCLTestDevice.make(options)
        #expect(device.profile == profile)
        let x = try device.allocate(1000)
        let values = (0..<1000).map { Float($0) }
        try device.upload(values, to: x.slice)
        try device.axpy(alpha: 2, x: x.slice, y: x.slice)
        #expect(try device.download(x.slice) as [Float] == values.map { 3 * $0 })
    }

    @Test func uploadsManyTimesWithoutDisturbingEarlierOnes() throws {
        let device = try OpenCLTestDevice.make()
        let count = 3000
        let buffers = try (0..<50).map { _ in try device.allocate(count) }
        for (number, buffer) in buffers.enumerated() {
            // The host array is gone before the device may have read it.
            try device.upload([Float](repeating: Float(number), count: count), to: buffer.slice)
        }
        for (number, buffer) in buffers.enumerated() {
            let values: [Float] = try device.download(buffer.slice)
            #expect(values.allSatisfy { $0 == Float(number) })
        }
    }

    @Test func uploadsMoreThanIsStaged() throws {
        let device = try OpenCLTestDevice.make()
        let count = StagingArea.largestBlock / 4 + 1
        let buffer = try device.allocate(count)
        try device.fill(buffer.slice, value: 1)
        try device.upload([Float](repeating: 2, count: count), to: buffer.slice)
        let end = try buffer.slice.part(from: count - 3, count: 3)
        #expect(try device.download(end) as [Float] == [2, 2, 2])
        #expect(try device.download(buffer.slice.part(from: 0, count: 1)) as [Float] == [2])
    }

    @Test func reportsAWriteThatFailedAfterItWasIssued() throws {
        let device = try OpenCLTestDevice.make()
        let staging = StagingArea(context: device.context, queue: device.queue, isPinned: false)
        let block = try #require(staging.take(100).block)
        let event = try #require(clCreateUserEvent(device.context, nil))
        staging.put(block, after: event)
        #expect(try #require(staging.take(100).block).pointer != block.pointer)
        #expect(clSetUserEventStatus(event, CL_OUT_OF_RESOURCES) == CL_SUCCESS)
        let failed = staging.take(100)
        #expect(failed.block == nil && failed.status == CL_OUT_OF_RESOURCES)
        #expect(try #require(staging.take(100).block).pointer == block.pointer)
    }

    @Test func cutsLongSumsIntoAsManyPartsAsALaunchAllows() {
        #expect(OpenCLDevice.partLength(0, shortest: 64) == 64)
        #expect(OpenCLDevice.partLength(64 * 32768, shortest: 64) == 64)
        #expect(OpenCLDevice.partLength(64 * 32768 + 1, shortest: 64) == 65)
        #expect(OpenCLDevice.partLength(1 << 32, shortest: 8192) == 1 << 17)
    }

    @Test func aDeviceGoesWithItsLastBuffer() throws {
        weak var device: OpenCLDevice?
        var buffer: DeviceBuffer?
        do {
            let opened = try OpenCLTestDevice.make()
            let kept = try opened.allocate(100)
            try opened.fill(kept.slice, value: 1)
            (device, buffer) = (opened, kept)
        }
        #expect(device != nil && buffer?.count == 100)
        buffer = nil
        #expect(device == nil)
    }

    @Test func reusesMemory() throws {
        let device = try OpenCLTestDevice.make()
        func step() throws {
            let a = try device.allocate(5000)
            let b = try device.allocate(5000)
            try device.fill(a.slice, value: 1)
            try device.unary(.exponential, input: a.slice, output: b.slice)
        }
        try step()
        let before = device.poolStatistics
        for _ in 0..<20 { try step() }
        let after = device.poolStatistics
        #expect(after.driverAllocations == before.driverAllocations)
        #expect(after.requests == before.requests + 40)
        #expect(after.liveBytes == 0)
        device.trimPool()
        #expect(device.poolStatistics.cachedBytes == 0)
    }

    @Test func reportsMemoryThatRanOut() throws {
        var options = OpenCLOptions()
        options.memoryLimit = 1 << 20
        let device = try OpenCLTestDevice.make(options)
        let half = try device.allocate(1 << 17)
        let error = try #require(throws: DeviceError.self) { try device.allocate(1 << 18) }
        #expect(
            error
                == .outOfMemory(
                    device: device.name, wanted: 1 << 20, inUse: 1 << 19, available: 1 << 20))
        // Memory kept for reuse is given back before a request fails.
        do { _ = try device.allocate(1 << 16) }
        #expect(device.poolStatistics.cachedBytes == 1 << 18)
        _ = try device.allocate(1 << 17)
        try device.fill(half.slice, value: 1)
        try device.synchronize()
    }

    @Test func refusesForeignAndOversizedArguments() throws {
        let device = try OpenCLTestDevice.make()
        let other = try OpenCLTestDevice.make()
        let own = try device.allocate(4)
        let foreign = try other.allocate(4)
        let error = try #require(throws: DeviceError.self) {
            try device.axpy(alpha: 1, x: foreign.slice, y: own.slice)
        }
        #expect(
            error
                == .foreignBuffer(operation: "axpy", expected: device.name, found: other.name))
        #expect(throws: DeviceError.self) { try device.upload([Float(1)], to: foreign.slice) }
        #expect(throws: DeviceError.self) { try device.download(foreign.slice) as [Float] }
        #expect(throws: DeviceError.self) { try device.upload([Float(1), 2], to: own.slice) }
        #expect(throws: DeviceError.self) { try device.allocate(-1) }
        #expect(throws: DeviceError.self) {
            try device.dropout(
                input: own.slice, output: own.slice, probability: .nan,
                stream: RandomStream(seed: 1, identifier: 1))
        }
        #expect(throws: DeviceError.self) {
            try device.gatherRows(
                table: own.slice, indices: own.slice, output: own.slice, count: 1,
                columns: 1 << 33, tableRows: 1)
        }
    }

    @Test func refusesABufferOfItsTwin() throws {
        let device = try OpenCLTestDevice.make()
        let buffer = try OpenCLTestDevice.make().allocate(4)
        #expect(throws: DeviceError.self) { try device.fill(buffer.slice, value: 1) }
        #expect(throws: DeviceError.self) { try device.download(buffer.slice) as [Float] }
    }

    @Test func givesTheWholeLogOfAFailedBuild() throws {
        let device = try OpenCLTestDevice.make()
        let text = "__kernel void broken(__global float *x) { x[0] = missingFunction(1); }"
        let error = try #require(throws: DeviceError.self) {
            try device.programs.build(text, name: "test/broken", definitions: "-D SOME=1")
        }
        guard case .buildFailed(_, let program, let options, let log) = error else {
            Issue.record("unexpected error: \(error)")
            return
        }
        #expect(program == "test/broken")
        #expect(options.contains("-cl-std=CL1.2") && options.contains("-D SOME=1"))
        #expect(log.contains("missingFunction"))
        #expect(throws: DeviceError.self) {
            try device.programs.kernel(KernelReference("no_such/program", "none"))
        }
        #expect(throws: DeviceError.self) {
            try device.programs.kernel(KernelReference("element_wise/scaled", "noSuchKernel"))
        }
    }

    @Test func countsAndTimesKernels() throws {
        var options = OpenCLOptions()
        options.measuresKernels = true
        let device = try OpenCLTestDevice.make(options)
        let x = try device.allocate(100_000)
        try device.fill(x.slice, value: 1)
        for _ in 0..<5 { try device.axpy(alpha: 1, x: x.slice, y: x.slice) }
        let timings = device.timings
        #expect(timings.first { $0.kernel == "axpy" }?.count == 5)
        #expect(timings.first { $0.kernel == "fill" }?.count == 1)
        #expect(timings.allSatisfy { $0.seconds > 0 })
        device.resetTimings()
        #expect(device.timings.isEmpty)
        #expect(try OpenCLTestDevice.make().timings.isEmpty)
    }

    @Test func buildsAgainWhenACachedProgramIsDamaged() throws {
        let directory = FileManager.default.temporaryDirectory
            .appending(path: "tandem-programs-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        var options = OpenCLOptions()
        options.programCache = .directory(directory.path())
        func files() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: directory.path()).map {
                directory.appending(path: $0).path()
            }
        }
        func run() throws {
            let device = try OpenCLTestDevice.make(options)
            let x = try device.allocate(10)
            try device.fill(x.slice, value: 7)
            #expect(try device.download(x.slice) as [Float] == [Float](repeating: 7, count: 10))
        }
        try run()
        let file = try #require(try files().first)
        let whole = try WholeFile.read(file)
        try run()
        #expect(try WholeFile.read(file) == whole)
        // A file that is whole but holds no program of this driver, then one that is cut off.
        let key = Array(whole[8..<40])
        ProgramCache(directory: directory.path()).store(Array("not a binary".utf8), key: key)
        try run()
        try AtomicFile.write(Array(whole[..<100]), to: file, permissions: 0o600)
        try run()
        #expect(try files().count == 1)
        #expect(try WholeFile.read(file).count > 100)
    }
}
