import TandemBasics
import Foundation
import Testing

@testable import TandemTraining

@Suite("Run directory")
struct RunDirectoryTests {
    @Test("New names tell the time and avoid folders that exist")
    func names() throws {
        try withTemporaryFolder { folder in
            var paths: [String] = []
            for _ in 0..<3 {
                let path = RunDirectory.newPath(named: "news", in: folder)
                _ = try RunDirectory(creating: path, configuration: "{}\n")
                paths.append(path)
            }
            #expect(Set(paths).count == 3)
            for path in paths {
                #expect(path.wholeMatch(of: /.*\/news-20\d{6}-\d{6}(-\d)?/) != nil, "\(path)")
            }
        }
    }

    @Test("A moment is written with all its digits")
    func timestamp() {
        let zone = ProcessInfo.processInfo.environment["TZ"]
        setenv("TZ", "UTC", 1)
        tzset()
        defer {
            if let zone { setenv("TZ", zone, 1) } else { unsetenv("TZ") }
            tzset()
        }
        #expect(Timestamp.text(of: 0) == "19700101-000000")
        #expect(Timestamp.text(of: 1_769_907_599) == "20260201-005959")
    }

    @Test("The configuration is stored as it is given")
    func configuration() throws {
        try withTemporaryFolder { folder in
            let run = try RunDirectory(creating: folder + "/run", configuration: "{}\n")
            #expect(try String(contentsOfFile: run.configuration, encoding: .utf8) == "{}\n")
        }
    }
}

@Suite("Differences of configurations")
struct ConfigurationDifferenceTests {
    @Test("Every value that differs is named with both values; free ones are passed over")
    func differences() throws {
        let old = TrainingConfiguration()
        var new = old
        #expect(old.differences(to: new).isEmpty)
        new.epochs = 7
        new.optimizer.kind = .sgd
        new.earlyStopping = .defaults
        let found = old.differences(to: new)
        #expect(
            found.map(\.path) == [
                "earlyStopping", "earlyStopping.metric", "earlyStopping.patience",
                "earlyStopping.threshold", "earlyStopping.unit", "epochs", "optimizer.kind",
            ])
        #expect(found.last?.description == #"optimizer.kind was "adamw", is "sgd""#)
        try old.requireSame(
            new, except: ["earlyStopping", "epochs", "optimizer"], checkpoint: "last")
        #expect(throws: TrainingError.changedSettings(checkpoint: "last", found.suffix(1))) {
            try old.requireSame(new, except: ["earlyStopping", "epochs"], checkpoint: "last")
        }
    }
}
