import Foundation
import Kernels
import Networks

/// An ONNX graph as it is put together, node after node.
struct GraphBuilder {
  /// Something that nodes read, by its name.
  struct Value {
    let name: String
  }

  /// Operators of ONNX's own domain, as `ONNXModel.opset` has them.
  enum Operator: String {
    case add = "Add"
    case averagePool = "AveragePool"
    case batchNormalization = "BatchNormalization"
    case cast = "Cast"
    case clip = "Clip"
    case concat = "Concat"
    case conv = "Conv"
    case div = "Div"
    case erf = "Erf"
    case flatten = "Flatten"
    case gather = "Gather"
    case gemm = "Gemm"
    case globalAveragePool = "GlobalAveragePool"
    case layerNormalization = "LayerNormalization"
    case matMul = "MatMul"
    case maxPool = "MaxPool"
    case mul = "Mul"
    case reduceSum = "ReduceSum"
    case relu = "Relu"
    case reshape = "Reshape"
    case shape = "Shape"
    case slice = "Slice"
    case softmax = "Softmax"
    case tanh = "Tanh"
    case transpose = "Transpose"
    case unsqueeze = "Unsqueeze"
    case `where` = "Where"
  }

  enum Attribute {
    case integer(Int)
    case integers([Int])
    case float(Float)
    case type(Onnx_TensorProto.DataType)
  }

  /// Of an input's or output's axis.
  enum Extent {
    case fixed(Int)
    /// Known when the model runs.
    case named(String)
  }

  private(set) var graph = Onnx_GraphProto()
  private var constants: Set<String> = []

  init(name: String) {
    graph.name = name
  }

  mutating func input(_ name: String, _ type: Onnx_TensorProto.DataType, _ extents: [Extent]) -> Value {
    graph.input.append(Self.info(name, type, extents))
    return Value(name: name)
  }

  /// The tensor under its own name, bit for bit.
  mutating func parameter(_ path: String, _ tensor: Tensor) -> Value {
    addInitializer(path, .float, tensor.shape.extents, tensor.littleEndianBytes)
    return Value(name: path)
  }

  /// A list of integers; equal names are to have equal integers.
  mutating func constant(_ name: String, _ integers: [Int]) -> Value {
    if constants.insert(name).inserted {
      addInitializer(name, .int64, [integers.count], SafetensorsFile.littleEndianBytes(of: integers))
    }
    return Value(name: name)
  }

  /// A single number; equal names are to have equal numbers.
  mutating func constant(_ name: String, _ number: Float) -> Value {
    if constants.insert(name).inserted {
      addInitializer(name, .float, [], Tensor([number], shape: [1]).littleEndianBytes)
    }
    return Value(name: name)
  }

  /// Result of an operator, which is called by its place and the operator.
  ///
  /// - Precondition: no other node has the same operator at the same place.
  mutating func apply(
    _ operation: Operator, at path: String, _ inputs: Value..., attributes: KeyValuePairs<String, Attribute> = [:]
  ) -> Value {
    let name = path.isEmpty ? operation.rawValue : "\(path)/\(operation.rawValue)"
    var node = Onnx_NodeProto()
    node.name = name
    node.opType = operation.rawValue
    node.input = inputs.map(\.name)
    node.output = [name]
    node.attribute = attributes.map(Self.attribute)
    graph.node.append(node)
    return Value(name: name)
  }

  /// Makes the last node's result the graph's output.
  ///
  /// - Precondition: there is a node.
  mutating func finish(as name: String, _ extents: [Extent]) {
    graph.node[graph.node.count - 1].output = [name]
    graph.output.append(Self.info(name, .float, extents))
  }

  private mutating func addInitializer(
    _ name: String, _ type: Onnx_TensorProto.DataType, _ extents: [Int], _ bytes: Data
  ) {
    var tensor = Onnx_TensorProto()
    tensor.name = name
    tensor.dataType = Int32(type.rawValue)
    tensor.dims = extents.map(Int64.init)
    tensor.rawData = bytes
    graph.initializer.append(tensor)
  }

  private static func attribute(_ name: String, _ value: Attribute) -> Onnx_AttributeProto {
    var attribute = Onnx_AttributeProto()
    attribute.name = name
    switch value {
    case .integer(let integer):
      attribute.type = .int
      attribute.i = Int64(integer)
    case .integers(let integers):
      attribute.type = .ints
      attribute.ints = integers.map(Int64.init)
    case .float(let number):
      attribute.type = .float
      attribute.f = number
    case .type(let type):
      attribute.type = .int
      attribute.i = Int64(type.rawValue)
    }
    return attribute
  }

  private static func info(
    _ name: String, _ type: Onnx_TensorProto.DataType, _ extents: [Extent]
  ) -> Onnx_ValueInfoProto {
    var info = Onnx_ValueInfoProto()
    info.name = name
    info.type.tensorType.elemType = Int32(type.rawValue)
    info.type.tensorType.shape.dim = extents.map { extent in
      var dimension = Onnx_TensorShapeProto.Dimension()
      switch extent {
      case .fixed(let extent): dimension.dimValue = Int64(extent)
      case .named(let name): dimension.dimParam = name
      }
      return dimension
    }
    return info
  }
}
