import TandemBasics
import TandemCOpenCL
import TandemOpenCLKernels

/// Names a kernel: the source it stands in, the definitions the source is built with, and the function.
struct KernelReference: Hashable, Sendable {
    /// A source with its definitions, which make a program.
    struct Program: Hashable {
        /// Path below `Kernels/`, without `.cl` and, if there is one version per profile, without `_cpu` or `_gpu`.
        let path: String
        let isProfiled: Bool
        /// Compiler definitions, for example `-D TILE=8`.
        let definitions: String
    }

    let program: Program
    /// Name of the kernel function.
    let name: String

    /// A kernel in the file `<path>.cl`.
    init(_ path: String, _ name: String, definitions: String = "") {
        program = Program(path: path, isProfiled: false, definitions: definitions)
        self.name = name
    }

    /// A kernel that exists in one version per profile, in the files `<path>_cpu.cl` and `<path>_gpu.cl`.
    init(profiled path: String, _ name: String, definitions: String = "") {
        program = Program(path: path, isProfiled: true, definitions: definitions)
        self.name = name
    }
}

/// Compiles programs on first use and keeps their kernels.
///
/// Not thread-safe: its device guards it.
final class OpenCLPrograms {
    private let context: cl_context
    private let hardware: OpenCLHardware
    private let baseOptions: String
    private let suffix: String
    private let cache: ProgramCache?
    private var programs: [KernelReference.Program: cl_program] = [:]
    private var kernels: [KernelReference: cl_kernel] = [:]

    init(
        context: cl_context, hardware: OpenCLHardware, profile: KernelProfile, cache: ProgramCache?
    ) {
        self.context = context
        self.hardware = hardware
        self.cache = cache
        suffix = profile.sharesWork ? "_gpu" : "_cpu"
        var options = "-cl-std=CL1.2 -D TANDEM_PROFILE_\(profile.rawValue.uppercased())=1"
        if hardware.roundsDivisionCorrectly {
            options += " -cl-fp32-correctly-rounded-divide-sqrt"
        }
        baseOptions = options
    }

    deinit {
        kernels.values.forEach { clReleaseKernel($0) }
        programs.values.forEach { clReleaseProgram($0) }
    }

    /// The kernel that `reference` names, compiled if this is its first use.
    func kernel(_ reference: KernelReference) throws(DeviceError) -> cl_kernel {
        if let kernel = kernels[reference] { return kernel }
        let program = try program(reference.program)
        var status: Int32 = 0
        guard let kernel = clCreateKernel(program, reference.name, &status) else {
            throw hardware.error(
                "creating kernel \(reference.name)", status, reference.program.path)
        }
        kernels[reference] = kernel
        return kernel
    }

    private func program(_ reference: KernelReference.Program) throws(DeviceError) -> cl_program {
        if let program = programs[reference] { return program }
        let name = reference.isProfiled ? reference.path + suffix : reference.path
        let text = try KernelSources.text(of: name)
        let program = try build(text, name: name, definitions: reference.definitions)
        programs[reference] = program
        return program
    }

    /// Compiles `text`, or takes its binary from the cache.
    func build(_ text: String, name: String, definitions: String) throws(DeviceError) -> cl_program
    {
        let options = definitions.isEmpty ? baseOptions : "\(baseOptions) \(definitions)"
        let key = cache.map { _ in
            ProgramCache.key(text: text, options: options, device: hardware.description)
        }
        if let cache, let key, let binary = cache.load(key),
            let program = restore(binary, options: options)
        {
            return program
        }
        let program = try compile(text, name: name, options: options)
        if let cache, let key, let binary = binary(of: program) { cache.store(binary, key: key) }
        return program
    }

    private func compile(_ text: String, name: String, options: String) throws(DeviceError)
        -> cl_program
    {
        var status: Int32 = 0
        let created = text.withCString { characters in
            var pointer: UnsafePointer<CChar>? = characters
            return clCreateProgramWithSource(context, 1, &pointer, nil, &status)
        }
        guard let program = created else {
            throw hardware.error("creating program \(name)", status, options)
        }
        var device: cl_device_id? = hardware.device
        status = clBuildProgram(program, 1, &device, options, nil, nil)
        guard status == CL_SUCCESS else {
            let log = buildLog(of: program)
            clReleaseProgram(program)
            throw .buildFailed(
                device: hardware.description.name, program: name, options: options,
                log: log.isEmpty ? OpenCLStatus.name(status) : log)
        }
        return program
    }

    private func buildLog(of program: cl_program) -> String {
        OpenCLDiscovery.text { size, value, actual in
            clGetProgramBuildInfo(
                program, hardware.device, cl_program_build_info(CL_PROGRAM_BUILD_LOG), size, value,
                actual)
        }
    }

    /// A program made from a cached binary, or `nil` when the driver does not take it.
    private func restore(_ binary: [UInt8], options: String) -> cl_program? {
        var device: cl_device_id? = hardware.device
        var length = binary.count
        var status: Int32 = 0
        let created = binary.withUnsafeBufferPointer { bytes in
            var pointer = bytes.baseAddress
            return clCreateProgramWithBinary(context, 1, &device, &length, &pointer, nil, &status)
        }
        guard let program = created else { return nil }
        guard status == CL_SUCCESS,
            clBuildProgram(program, 1, &device, options, nil, nil) == CL_SUCCESS
        else {
            clReleaseProgram(program)
            return nil
        }
        return program
    }

    private func binary(of program: cl_program) -> [UInt8]? {
        var size = 0
        let sizes = cl_program_info(CL_PROGRAM_BINARY_SIZES)
        guard
            clGetProgramInfo(program, sizes, MemoryLayout<Int>.size, &size, nil) == CL_SUCCESS,
            size > 0
        else { return nil }
        var binary = [UInt8](repeating: 0, count: size)
        let status = binary.withUnsafeMutableBufferPointer { bytes in
            var pointer = bytes.baseAddress
            return clGetProgramInfo(
                program, cl_program_info(CL_PROGRAM_BINARIES),
                MemoryLayout<UnsafeMutablePointer<UInt8>?>.size, &pointer, nil)
        }
        return status == CL_SUCCESS ? binary : nil
    }
}

/// The texts of the kernels: embedded in the library, or read from `$TANDEM_KERNELS` while developing kernels.
enum KernelSources {
    /// Placed in front of every source.
    private static let prelude = ["common/common.clh", "element_wise/vectors.clh"]

    private static let embedded: [String: String] = {
        var count = 0
        let first = tandemKernelSources(&count)
        var texts: [String: String] = [:]
        for source in UnsafeBufferPointer(start: first, count: count) {
            let bytes = UnsafeRawBufferPointer(start: source.text, count: source.length)
            texts[String(cString: source.name)] = String(decoding: bytes, as: UTF8.self)
        }
        return texts
    }()

    /// Names of the embedded files: paths below `Kernels/`.
    static var embeddedFiles: [String] { embedded.keys.sorted() }

    /// The complete text of `program` (a path below `Kernels/` without `.cl`), prelude included.
    ///
    /// With `folder` the files are read from there; by default that is `$TANDEM_KERNELS`.
    static func text(
        of program: String, folder: String? = Environment.value("TANDEM_KERNELS")
    ) throws(DeviceError) -> String {
        var text = ""
        for file in prelude + ["\(program).cl"] {
            text += try contents(of: file, folder: folder)
            text += "\n"
        }
        return text
    }

    private static func contents(of file: String, folder: String?) throws(DeviceError) -> String {
        if let folder {
            guard let bytes = try? WholeFile.read("\(folder)/\(file)") else {
                throw .invalidArgument(
                    operation: "loading kernels",
                    detail: "cannot read \(folder)/\(file); TANDEM_KERNELS must name a folder "
                        + "laid out like Kernels/, or be unset")
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        guard let text = embedded[file] else {
            throw .invalidArgument(
                operation: "loading kernels",
                detail: "\(file) is not embedded; add it to Kernels/KernelSources.c")
        }
        return text
    }
}
