import Dispatch
import Synchronization

/// Doing independent pieces of work on several threads.
package enum ParallelWork {
    /// Calls `body(worker, item)` once for every item.
    ///
    /// At most `workers` calls run at once, each with its own worker number from 0. Which worker
    /// takes an item is not determined, so results must not depend on it.
    package static func forEach(
        _ itemCount: Int, workers: Int, _ body: @Sendable (_ worker: Int, _ item: Int) -> Void
    ) {
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: max(1, min(workers, itemCount))) { worker in
            while true {
                let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if item >= itemCount { return }
                body(worker, item)
            }
        }
    }
}
