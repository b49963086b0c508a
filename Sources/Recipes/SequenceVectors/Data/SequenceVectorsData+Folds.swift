import TandemDatasets

extension SequenceVectorsData {
    /// The same documents divided anew at random into `count` folds, each of which is the test part once.
    ///
    /// Documents stay whole, whatever part the folder gives them. Of those outside a fold the share
    /// `configuration.foldValidationShare` is kept from training to choose by. Throws when there are too few documents, when a part
    /// has no window, and when the verification finds something shared.
    public func folds(_ count: Int, seed: UInt64, _ configuration: ChainDataConfiguration) throws
        -> [SequenceVectorsData]
    {
        let folds = try DataFolds(
            count, of: SplitExamples(count: chains.documents.count), seed: seed)
        return try folds.folds.indices.map { fold in
            let split = try folds.split(
                testingOn: fold, validation: configuration.foldValidationShare)
            return try SequenceVectorsData(
                path: path, chains: try chains.divided(by: split), configuration)
        }
    }
}
