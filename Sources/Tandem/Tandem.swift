// The umbrella module: `import Tandem` gives the whole library.

@_exported public import Datasets
@_exported public import Devices
@_exported public import Interchange
@_exported public import Networks
@_exported public import Recipes
@_exported public import Registry
@_exported public import Tensors
@_exported public import Training
