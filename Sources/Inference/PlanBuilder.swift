import Kernels
import Networks

/// Turns a frozen network's nodes into steps: first the ways to compute each node, then a choice of them, then the steps
/// with the copies between layouts.
struct PlanBuilder {
  private(set) var layers: [PlannedLayer] = []
  private(set) var steps: [PlanStep] = []
  /// Of each value; the images are the first.
  private(set) var values: [ImageLayout]
  /// Values of each node, by layout.
  private var places: [[ImageLayout: Int]]
  private let choice: KernelChoice
  private let changes = LayoutChanges()

  init(_ graph: FrozenGraph, input: Shape, choice: KernelChoice) throws(InferenceError) {
    self.choice = choice
    let images = ImageLayout.planes(input)
    values = [images]
    places = [[images: 0]]
    let nodes = try ways(graph, input)
    let picks = selection(nodes, images)
    for (index, node) in nodes.enumerated() {
      append(graph.nodes[index + 1].path, node, picks[index])
    }
  }

  /// From the step that makes a value to the last that reads it.
  var lifetimes: [MemoryPlan.Lifetime] {
    values.indices.map { value in
      let first = steps.firstIndex { $0.output == value } ?? 0
      let last = steps.lastIndex { $0.input == value || $0.residual == value } ?? steps.count
      return MemoryPlan.Lifetime(count: values[value].count, steps: first...max(first, last))
    }
  }

  /// The ways to compute each node behind the images.
  private func ways(_ graph: FrozenGraph, _ input: Shape) throws(InferenceError) -> [KernelSelection.Node] {
    var layouts = [[ImageLayout.planes(input)]]
    var nodes: [KernelSelection.Node] = []
    for node in graph.nodes.dropFirst() {
      precondition(node.normalization == nil, "layer '\(node.path)': its normalisation is not folded into it")
      guard let source = node.input else { preconditionFailure("layer '\(node.path)' has no input") }
      let kernels = try NodeKernels(choice: choice).kernels(of: node, input: layouts[source.index])
      precondition(!kernels.isEmpty, "layer '\(node.path)' has no kernel")
      let seconds = choice == .measured ? KernelRace.seconds(kernels) : kernels.map { _ in 0 }
      nodes.append(
        .init(input: source.index, residual: node.residual?.index, kernels: kernels, seconds: seconds))
      layouts.append(kernels.map(\.output).distinct)
    }
    return nodes
  }

  private func selection(_ nodes: [KernelSelection.Node], _ images: ImageLayout) -> [Int] {
    let (changes, isMeasured) = (changes, choice == .measured)
    var selection = KernelSelection(images: images) { from, to in isMeasured ? changes.seconds(from, to) : 0 }
    for (index, node) in nodes.enumerated() {
      let later = nodes[(index + 1)...]
      selection.append(node, alive: Set(later.map(\.input) + later.compactMap(\.residual)))
    }
    return selection.picks
  }

  private mutating func append(_ path: String, _ node: KernelSelection.Node, _ pick: Int) {
    let kernel = node.kernels[pick]
    var input = value(of: node.input, in: kernel.input, path)
    let residual = node.residual.map { value(of: $0, in: kernel.output, path) }
    for (index, stage) in kernel.stages.enumerated() {
      let isLast = index == kernel.stages.count - 1
      append(stage, of: input, residual: isLast ? residual : nil, path, reason: reason(node))
      input = values.count - 1
    }
    places.append([kernel.output: input])
  }

  /// The value of `node` in `layout`, copied into it if it is not there yet.
  private mutating func value(of node: Int, in layout: ImageLayout, _ path: String) -> Int {
    if let known = places[node][layout] { return known }
    guard let source = places[node].min(by: { $0.value < $1.value }) else {
      preconditionFailure("layer '\(path)' reads a node that was not computed")
    }
    append(
      .init(
        kernel: .layoutChange(changes.change(source.key, layout)), implementation: .layoutChange, output: layout),
      of: source.value, residual: nil, path, reason: "copies for the next step")
    places[node][layout] = values.count - 1
    return values.count - 1
  }

  private func reason(_ node: KernelSelection.Node) -> String {
    switch choice {
    case .dense, .sparse: "asked for"
    case .measured: KernelRace.reason(node.kernels.map(\.implementation.rawValue), node.seconds)
    }
  }

  private mutating func append(
    _ stage: NodeKernel.Stage, of input: Int, residual: Int?, _ path: String, reason: String
  ) {
    steps.append(PlanStep(kernel: stage.kernel, input: input, residual: residual, output: values.count))
    values.append(stage.output)
    layers.append(
      PlannedLayer(
        path: path, implementation: stage.implementation, reason: reason, output: stage.output.shape,
        weights: stage.weights, nonzeros: stage.nonzeros, multiplications: stage.multiplications))
  }
}

extension [ImageLayout] {
  /// Each once, in the order in which they first come.
  fileprivate var distinct: [ImageLayout] {
    var seen: Set<ImageLayout> = []
    return filter { seen.insert($0).inserted }
  }
}
