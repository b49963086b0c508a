import TandemBasics
import TandemDatasets
import TandemDevices
import Foundation
import Synchronization
import Testing

@testable import TandemRecipes
@testable import TandemTraining

/// Sweeps that were stopped and go on.
@Suite struct SweepResumeTests {
    /// Counts the finished variants and says when enough are done.
    final class Count: Sendable {
        private let names = Mutex<[String]>([])

        var all: [String] { names.withLock { $0 } }

        func add(_ event: SweepRunner<TabularExperiment>.Event) {
            guard case .finished(let result, _, _, _) = event else { return }
            names.withLock { $0.append(result.variant.name) }
        }
    }

    @Test(arguments: [1, 2, 3]) func onlyWhatIsMissingIsTrained(_ stop: Int) throws {
        try SmallSweep.with { sweep in
            let whole = try #require(try sweep.run(into: "whole"))
            let first = Count()
            let interrupted = try sweep.run(
                jobs: 1, report: { first.add($0) }, isInterrupted: { first.all.count >= stop })
            #expect(interrupted == nil)
            #expect(first.all.count == stop)
            guard case .array(let written)? = try sweep.json()["variants"] else { return }
            #expect(written.count == stop)
            #expect(try sweep.json()["environment"]?["finished_at"] == .null)

            let second = Count()
            let results = try #require(try sweep.resume(report: { second.add($0) }))
            #expect(Set(first.all).isDisjoint(with: second.all))
            #expect(Set(first.all + second.all).count == 4)
            #expect(
                results.results.map(SmallSweep.figures) == whole.results.map(SmallSweep.figures))
            #expect(results.results.map(\.curves) == whole.results.map(\.curves))
            #expect(results.best?.variant.name == whole.best?.variant.name)
        }
    }

    /// Gains over references are taken up with the rest, and the interval is over all seeds.
    @Test func gainsAreKept() throws {
        try SmallSweep.with { sweep in
            var results = try #require(try sweep.run())
            let gain = GroupedGain(name: "hits", groups: [0, 3], counts: [5, 7], sums: [1, -0.5])
            for index in results.results.indices { results.results[index].seeds[0].gains = [gain] }
            try AtomicFile.write(
                try results.text(), to: sweep.folder + "/sweep/optimization_results.json")
            let resumed = try #require(try sweep.resume())
            #expect(resumed.results.map(\.seeds) == results.results.map(\.seeds))
            let estimate = try #require(GainEstimate([gain]))
            #expect(resumed.results.map(\.gains) == results.results.map { _ in [estimate] })
            guard case .array(let variants)? = try sweep.json()["variants"],
                case .array(let gains)? = variants[0]["gains"]
            else {
                Issue.record("the file has no gains")
                return
            }
            #expect(gains[0]["mean"]?.double == estimate.mean)
            #expect(gains[0]["low"]?.double == estimate.interval?.lowerBound)
        }
    }

    /// An interruption in the midst of a variant leaves it out.
    @Test func unfinishedVariantsAreNotResults() throws {
        try SmallSweep.with { sweep in
            let calls = Atomic(0)
            let results = try sweep.run(
                jobs: 1,
                isInterrupted: { calls.wrappingAdd(1, ordering: .relaxed).newValue > 5 })
            #expect(results == nil)
            #expect(!FileManager.default.fileExists(atPath: sweep.folder + "/sweep/\(name)"))
            // What a killed process left; none can have this number.
            let left = sweep.folder + "/sweep/.model_a.onnx.99999999.abc.tmp"
            #expect(FileManager.default.createFile(atPath: left, contents: nil))
            #expect(try #require(try sweep.resume()).results.count == 4)
            #expect(!FileManager.default.fileExists(atPath: left))
        }
    }

    private let name = "optimization_results.json"

    /// A sweep that is complete is written once more as it was, whatever the device says now.
    @Test func nothingIsLeftToDo() throws {
        try SmallSweep.with { sweep in
            var configuration = sweep.configuration
            configuration.combine = true
            configuration.repeats = 2
            let whole = try #require(try sweep.run(configuration))
            let count = Count()
            let again = try #require(
                try sweep.resume(configuration, report: { count.add($0) }))
            #expect(count.all == [])
            #expect(again.results == whole.results)
            var environment = whole.environment
            environment.finishedAt = again.environment.finishedAt
            #expect(again.environment == environment)
        }
    }

    /// Relative paths in the file belong to the folder that the sweep was begun in.
    @Test func aMovedFolderIsTakenUp() throws {
        try SmallSweep.with { sweep in
            let whole = try #require(try sweep.run())
            try FileManager.default.moveItem(
                atPath: sweep.folder + "/sweep", toPath: sweep.folder + "/moved")
            let count = Count()
            let again = try #require(try sweep.resume(into: "moved", report: { count.add($0) }))
            #expect(count.all == [])
            #expect(again.results.map(SmallSweep.figures) == whole.results.map(SmallSweep.figures))
            #expect(again.results[0].modelPath == sweep.folder + "/moved/model_base.onnx")
        }
    }

    @Test func aLostModelIsTrainedAgain() throws {
        try SmallSweep.with { sweep in
            let whole = try #require(try sweep.run())
            try FileManager.default.removeItem(
                atPath: sweep.folder + "/sweep/model_wide.onnx")
            let count = Count()
            let again = try #require(try sweep.resume(report: { count.add($0) }))
            #expect(count.all == ["wide"])
            #expect(again.results.map(SmallSweep.figures) == whole.results.map(SmallSweep.figures))
        }
    }

    /// A combination of other settings than before is trained anew, not taken for the old one.
    @Test func otherSettingsUnderTheSameNameAreTrained() throws {
        try SmallSweep.with { sweep in
            _ = try sweep.run()
            var configuration = sweep.configuration
            configuration.variants[2].set = "model.hidden=[7]"
            let count = Count()
            let again = try #require(try sweep.resume(configuration, report: { count.add($0) }))
            #expect(count.all == ["wide"])
            #expect(again.results[2].parameterCount == 43)
        }
    }

    @Test func seedsOfEverySizeAreTakenUp() throws {
        try SmallSweep.with { sweep in
            var configuration = sweep.configuration
            configuration.base.seed = 1 << 63
            configuration.only = ["base"]
            _ = try sweep.run(configuration)
            let count = Count()
            _ = try sweep.resume(configuration, report: { count.add($0) })
            #expect(count.all == [])
        }
    }

    // MARK: - What cannot go on

    @Test func changedDataAreRefused() throws {
        try SmallSweep.with { sweep in
            let whole = try #require(try sweep.run())
            let before = try sweep.file()
            var table = TabularTables.means(rows: 60)
            table.targets[5] += 0.01
            _ = try table.write(into: sweep.folder)
            let error = #expect(throws: SweepError.self) { try sweep.resume() }
            guard case .changedData(_, whole.environment.data.hash, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try sweep.file() == before)
        }
    }

    /// The table is the same, the rows of the parts are not.
    @Test func aChangedSplitFileIsRefused() throws {
        try SmallSweep.with { sweep in
            let split = sweep.folder + "/split.json"
            func write(_ parts: [Range<Int>]) throws {
                let lists = parts.map { "[\($0.map(String.init).joined(separator: ","))]" }
                try AtomicFile.write(
                    #"{"train": \#(lists[0]), "val": \#(lists[1]), "test": \#(lists[2])}"#,
                    to: split)
            }
            var configuration = sweep.configuration
            configuration.base.data.splitFile = split
            try write([0..<40, 40..<50, 50..<60])
            _ = try sweep.run(configuration)
            try write([20..<60, 0..<10, 10..<20])
            #expect(throws: SweepError.changedSplit(path: sweep.folder + "/sweep")) {
                try sweep.resume(configuration)
            }
            try write([0..<40, 40..<50, 50..<60])
            #expect(try #require(try sweep.resume(configuration)).results.count == 4)
        }
    }

    @Test func damagedResultsAreNotOverwritten() throws {
        try SmallSweep.with { sweep in
            _ = try sweep.run()
            let path = sweep.folder + "/sweep/\(name)"
            let half = String(try sweep.file().prefix(300))
            try AtomicFile.write(half, to: path)
            let error = #expect(throws: SweepError.self) { try sweep.resume() }
            #expect("\(String(describing: error))".contains(name))
            #expect(try sweep.file() == half)
        }
    }

    @Test func foldersThatHoldSomethingElse() throws {
        try SmallSweep.with { sweep in
            let path = sweep.folder + "/full"
            try Folder.create(path)
            #expect(throws: SweepError.notASweep(path: path)) { try SweepFolder(opening: path) }
            try AtomicFile.write("precious", to: path + "/file")
            #expect(throws: SweepError.folderExists(path: path)) {
                try SweepFolder(creating: path, configuration: sweep.configuration)
            }
            let made = try SweepFolder(
                creating: sweep.folder + "/new", configuration: sweep.configuration)
            #expect(
                try SweepConfiguration<TabularExperiment>.read(made.configuration)
                    == sweep.configuration)
        }
    }
}
