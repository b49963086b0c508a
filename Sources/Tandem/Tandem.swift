// The umbrella module: `import Tandem` gives the whole library but the model registry, which needs SQLite and is a
// product of its own, `TandemRegistry`.

@_exported public import TandemBasics
@_exported public import TandemConfiguration
@_exported public import TandemDatasets
@_exported public import TandemDevices
@_exported public import TandemInterchange
@_exported public import TandemNetworks
@_exported public import TandemRecipes
@_exported public import TandemTensors
@_exported public import TandemTraining
